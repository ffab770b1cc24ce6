"""Importing files with the real command: all or nothing, nothing twice, and a message for each bad line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project
from tracker.cli.files.delimited import CsvFile
from tracker.cli.files.json_lines import JsonFile
from tracker.cli.files.rows import OrderFile, Raw
from tracker.cli.queueing.imports import blocks
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


def csv_file(project: Project, *lines: str, header: str = "service,link,quantity,ref") -> str:
    file = project.folder / "orders.csv"
    file.write_text("\n".join((header, *lines)) + "\n")
    return str(file)


def simple_rows(count: int) -> list[str]:
    return [f"4,https://x.example/{n},100,ref-{n}" for n in range(count)]


def sizes_of(file: OrderFile[Raw]) -> list[int]:
    return [len(block) for block in blocks(file)]


def queued(project: Project) -> int:
    (status,) = project.json("status")
    return int(status["panels"][0]["orders"].get("queued", 0))


def test_many_simple_rows_are_queued_and_importing_the_file_again_queues_nothing(project: Project) -> None:
    file = csv_file(project, *simple_rows(2500))

    assert project.run("import", file).stdout == "2,500 orders queued, 0 were already in the queue.\n"
    assert project.run("import", file).stdout == "0 orders queued, 2,500 were already in the queue.\n"

    assert queued(project) == 2500
    (order,) = project.json("show", "ref-1700")
    assert (order["id"], order["link"], order["quantity"]) == (1701, "https://x.example/1700", 100)


def test_one_bad_row_among_many_stops_the_import_and_is_reported_with_its_line(project: Project) -> None:
    rows = simple_rows(2500)
    rows[1799] = "4,https://x.example/bad,none,ref-bad"

    refused = project.run("import", csv_file(project, *rows), code=2)

    assert "orders.csv:1801: the quantity 'none' is not a whole number above 0" in refused.stderr
    assert queued(project) == 0
    assert project.run("import", csv_file(project, *rows), "--skip-bad").stdout.startswith(
        "2,499 orders queued"
    )


def test_a_ref_that_is_imported_again_is_the_same_order_or_an_error(project: Project) -> None:
    rows = [*simple_rows(1200), "4,https://x.example/5,100,ref-5"]
    assert project.run("import", csv_file(project, *rows)).stdout.startswith("1,200 orders queued, 1 was")

    clash = project.run("import", csv_file(project, "4,https://x.example/other,100,ref-7"), code=2)
    assert "orders.csv:2: ref ref-7 is already order 8, with other content" in clash.stderr


def test_a_file_may_mix_rows_with_a_ref_rows_without_one_and_rows_placed_elsewhere(project: Project) -> None:
    (placed,) = project.panel.state.fill(1, service=2)
    file = csv_file(
        project,
        "4,https://x.example/a,100,r1,",
        "4,https://x.example/b,100,,",
        f"2,https://x.example/c,100,r3,{placed}",
        header="service,link,quantity,ref,panel_order_id",
    )

    project.run("import", file)

    assert sorted(project.states().values()) == ["active", "queued", "queued"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_with_long_comments_are_written_in_small_blocks(project: Project, form: str) -> None:
    comment = "x" * 200_000
    if form == "csv":
        text = "service,link,comments\n" + "".join(f"9,https://x.example/{n},{comment}\n" for n in range(60))
    else:
        text = "".join(
            f'{{"service": 9, "link": "https://x.example/{n}", "comments": "{comment}"}}\n' for n in range(60)
        )
    sizes = sizes_of(CsvFile(io.StringIO(text))) if form == "csv" else sizes_of(JsonFile(io.StringIO(text)))
    assert sum(sizes) == 60
    assert max(sizes) == 20

    output = project.run("import", "-", "--format", form, stdin=text).stdout
    assert output.startswith("60 orders queued")


def test_bad_rows_are_listed_in_the_order_of_the_file(project: Project) -> None:
    file = csv_file(project, "4,some_user,100,a", "4,https://x.example/2,none,b", "4,other_user,100,c")
    refused = project.run("import", file, code=2)
    told = project.run("import", file, "--json", code=2)

    assert [int(one.split(":")[1]) for one in refused.stderr.splitlines()[:3]] == [2, 3, 4]
    assert [one["line"] for one in json.loads(told.stdout)["bad"]] == [2, 3, 4]


def test_a_link_that_looks_like_none_is_a_bad_row_unless_it_is_wanted_anyway(project: Project) -> None:
    file = csv_file(project, "4,https://x.example/1,100,a", "4,some_user,100,b")
    refused = project.run("import", file, code=2)

    assert "orders.csv:3: the link 'some_user' names no website" in refused.stderr
    assert "--anyway takes it" in refused.stderr
    assert project.states() == {}
    taken = project.run("import", file, "--anyway")
    assert "orders.csv:3: Warning: the link 'some_user' names no website" in taken.stderr
    assert project.states() == {"a": "queued", "b": "queued"}
    assert project.run("import", file).stdout == "0 orders queued, 2 were already in the queue.\n"


def test_an_import_says_what_could_not_be_checked(project: Project) -> None:
    file = csv_file(project, *simple_rows(3))
    before = project.run("import", file).stderr
    again = project.run("import", file).stderr
    project.run("services", "--refresh")
    after = project.run("import", csv_file(project, "4,https://x.example/new,100,new")).stderr

    assert before.count("Warning: the services of p were never read") == 1
    assert "never read" not in again + after
