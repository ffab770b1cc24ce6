"""The documents say what is true: those that are made from the code, and what the others show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documents import log_events
from tests.documents.__main__ import DOCS, made
from tracker.config.faults import ConfigError
from tracker.config.loader import parse

ROOT = DOCS.parent
TEXTS = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    for path, text in made().items():
        assert path.exists(), f"run `python -m tests.documents`: {path.name}"
        assert path.read_text() == text, f"run `python -m tests.documents`: {path.name}"
    assert set((DOCS / "man").glob("*.1")) <= set(made())


def test_every_event_of_the_log_has_a_meaning_and_no_other() -> None:
    assert set(log_events.events()) == set(log_events.MEANINGS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def _shown(path: Path, language: str) -> list[str]:
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```", path.read_text(), re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.split("\n")) for indent, block in blocks]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_config_that_is_shown_is_one(path: Path, tmp_path: Path) -> None:
    for text in _shown(path, "yaml"):
        for name in re.findall(r"_file: (\S+)", text):
            (tmp_path / name).write_text("json://some-secret\n")
            (tmp_path / name).chmod(0o600)
        faults = [_fault(whole, tmp_path, _variables(text)) for whole in _wholes(yaml.safe_load(text))]
        assert None in faults, (text, faults)


def _wholes(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is shown may be a config, or a part of one: of a panel, or of a panel's dialect."""
    panel = {"url": "https://p.example/api/v2", "key": "k", "dialect": "perfectpanel"}
    shown = part.get("panels", {"p": {}})
    filled = {
        name: panel | {key: one for key, one in of.items() if key != "key_file"} for name, of in shown.items()
    }
    yield {**part, "panels": filled}
    yield {"panels": {"p": {**panel, **part}}}
    yield {"panels": {"p": {**panel, "dialect": {"base": "perfectpanel", **part}}}}


def _variables(text: str) -> dict[str, str]:
    return {"HOME": "/nonexistent", **dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "x")}


def _fault(whole: dict[str, Any], folder: Path, environ: dict[str, str]) -> str | None:
    try:
        parse(yaml.safe_dump(whole), folder / "config.yaml", environ)
    except ConfigError as error:
        return str(error)
    return None
