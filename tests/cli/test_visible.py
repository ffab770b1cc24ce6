"""No order, panel or file steers a terminal, and no spreadsheet runs a cell; programs still get every text exactly."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.project import Project
from tracker.cli.files.cells import csv_line, without_formula
from tracker.cli.files.delimited import CsvFile
from tracker.lib.visible import one_line, visible
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

EVIL = "\x1b[2Jwiped\u202egnp\u2066x\u2069\x9b31m\x07\x7f\r"
ORDINARY = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb \u200fא"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


def on_a_terminal(project: Project, *arguments: str) -> str:
    """What a command writes to a terminal."""
    window, terminal = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "400"}
    with subprocess.Popen(project.command(*arguments), stdout=terminal, stderr=terminal, env=environment):
        os.close(terminal)
        written = b""
        while chunk := read(window):
            written += chunk
    os.close(window)
    return written.decode()


def read(window: int) -> bytes:
    try:
        return os.read(window, 65536)
    except OSError:  # the other end is closed
        return b""


def test_what_an_order_holds_reaches_no_terminal_raw_and_programs_exactly(project: Project) -> None:
    arguments = ("add", "4", "https://x.example/1", "100", "--ref", "r", "--field", f"name={EVIL}{ORDINARY}")
    texts = [
        on_a_terminal(project, *arguments, "--comments", f"{EVIL}{ORDINARY}"),
        project.run("show", "r").stdout,
        *(
            on_a_terminal(project, *words)
            for words in (["show", "r"], ["show", "r", "--json"], ["list", "--csv"])
        ),
        on_a_terminal(project, "show", f"no{EVIL}"),
    ]

    for text in texts:
        shown = text.replace("\r\n", "\n")
        assert not set(shown) & set(EVIL) - set("[2Jwipedgnpx31m")
        assert "\\u001b[2Jwiped\\u202egnp" in shown
    for text in texts[1:4]:
        assert ORDINARY in text
    assert project.json("show", "r")[0]["fields"] == {"name": f"{EVIL}{ORDINARY}"}
    (row,) = csv.DictReader(io.StringIO(project.run("list", "--csv").stdout, newline=""))
    assert json.loads(row["fields"]) == {"name": f"{EVIL}{ORDINARY}"}


COMMENTS = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", "'quoted'", "''=x", "\uff1d1", "plain\n=second", "''")


def test_a_cell_that_a_spreadsheet_would_run_is_written_so_that_it_does_not_and_read_back_the_same(
    project: Project,
) -> None:
    lines = [
        json.dumps({"service": 4, "link": f"@x{n}", "comments": text, "ref": f"@{n}"})
        for n, text in enumerate(COMMENTS)
    ]
    (project.folder / "orders.jsonl").write_text("\n".join(lines))
    project.run("import", str(project.folder / "orders.jsonl"))
    rows = list(csv.DictReader(io.StringIO(project.run("list", "--csv").stdout)))
    file = project.folder / "again.csv"
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["service", "link", "comments", "ref"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    assert not any(cell[:1] in tuple("=+-@\t\r\uff1d") for row in rows for cell in row.values() if cell)
    assert (
        project.run("import", str(file)).stdout
        == f"0 orders queued, {len(COMMENTS)} were already in the queue.\n"
    )


@given(st.text(alphabet="'=+-@\t\r\n\uff1dx", max_size=5))
def test_every_cell_is_read_back_as_it_was(cell: str) -> None:
    written = csv_line(["service", "link"]) + csv_line(["4", cell])
    ((_, raw),) = CsvFile(io.StringIO(written, newline=""))

    assert raw == ["4", cell]
    assert without_formula(cell)[:1] not in {*"=+-@\t\r\n\uff1d"} or not cell


@pytest.mark.parametrize("text", [ORDINARY, "a\tb\nc", "naïve – “x”", "🏴\U000e0067\U000e007f"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_a_line_stays_one_line_and_json_keeps_its_meaning() -> None:
    assert one_line("a\nb\tc\u2028") == "a\\u000ab\\u0009c\\u2028"
    assert json.loads(visible(json.dumps(EVIL, ensure_ascii=False))) == EVIL
