"""The documents say what is true: those that are made from the code, and what the others show."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documents import log_events
from tests.documents.__main__ import DOCS, MAN, made
from tests.documents.shown import blocks, fault_of, mentioned_commands, whole_commands
from tracker.config.faults import ConfigError
from tracker.config.loader import parse

ROOT = DOCS.parent
TEXTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md"))]


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    for path, text in made().items():
        assert path.exists(), f"run `python -m tests.documents`: {path.name}"
        assert path.read_text() == text, f"run `python -m tests.documents`: {path.name}"
    assert set(MAN.glob("*.1")) <= set(made())


def test_every_event_of_the_log_has_a_meaning_and_no_other() -> None:
    assert set(log_events.events()) == set(log_events.MEANINGS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(path: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", path.read_text()):
        file = path.parent / target if target else path
        assert file.exists(), target
        assert not heading or heading in _anchors(file), f"{target}#{heading}"


def _anchors(path: Path) -> set[str]:
    """The headings of a document, as links name them: in small letters, with a - for each space, without marks."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_that_is_shown_is_one(path: Path) -> None:
    text = path.read_text()
    faults = {
        " ".join(command): fault
        for commands, is_whole in ((whole_commands(text), True), (mentioned_commands(text), False))
        for command in commands
        if (fault := fault_of(command, is_whole)) is not None
    }

    assert faults == {}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_shell_block_can_be_read_by_a_shell(path: Path) -> None:
    for block in blocks(path.read_text(), "sh"):
        read = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert read.returncode == 0, (block, read.stderr)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_config_that_is_shown_is_one(path: Path, tmp_path: Path) -> None:
    for text in blocks(path.read_text(), "yaml"):
        for name in re.findall(r"_file: (\S+)", text):
            (tmp_path / name).write_text("json://some-secret\n")
            (tmp_path / name).chmod(0o600)
        faults = [_fault(whole, tmp_path, _variables(text)) for whole in _wholes(yaml.safe_load(text))]
        assert None in faults, (text, faults)


def test_the_fault_that_is_shown_is_the_one_that_is_found(tmp_path: Path) -> None:
    shown = re.search(r"^config.yaml:(\d+):(\d+): .*$", (DOCS / "config.md").read_text(), re.MULTILINE)
    assert shown is not None
    panel = "panels:\n  main:\n    url: https://p.example/api\n    key: k\n    ballance: {low: 1}\n"
    written = "\n" * (int(shown[1]) - panel.count("\n")) + panel

    with pytest.raises(ConfigError) as caught:
        parse(written, Path("config.yaml"), {})
    assert str(caught.value) == shown[0]


def test_the_containerfile_copies_what_is_there() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (DOCS / "Containerfile").read_text(), re.MULTILINE)

    assert copied
    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []


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
