"""What the document about the gateway shows is what curl gets."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.documents.shown import blocks
from tests.support.gateways import Gateway, serving

TEXT = (Path(__file__).parents[3] / "docs" / "gateway.md").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_each_example_is_answered_as_shown(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    gateway.read_catalogue()
    gateway.read_balance("99972.73", "Tomans")

    with serving(gateway.site) as url:
        examples = [text.replace("http://127.0.0.1:8787/api/v2", url) for text in blocks(TEXT, "sh")]
        answers = [
            subprocess.run(text, shell=True, capture_output=True, text=True, check=True, timeout=20).stdout
            for text in examples
        ]

    assert [json.loads(answer) for answer in answers] == [json.loads(shown) for shown in blocks(TEXT, "json")]
    assert len(answers) == 5
