"""Importing files through the installed command: all or nothing, nothing twice, and what is wrong with which line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project
from tracker.cli.commands.import_ import _blocks
from tracker.cli.order_files import CsvFile, JsonFile
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


def sheet(house: Project, *lines: str, header: str = "service,link,quantity,ref") -> str:
    file = house.folder / "orders.csv"
    file.write_text("\n".join((header, *lines)) + "\n")
    return str(file)


def plain(count: int) -> list[str]:
    return [f"4,https://x.example/{n},100,ref-{n}" for n in range(count)]


def queued(house: Project) -> int:
    (told,) = house.json("status")
    return int(told["panels"][0]["orders"].get("queued", 0))


def test_many_plain_rows_are_queued_and_the_same_file_queues_nothing_twice(house: Project) -> None:
    file = sheet(house, *plain(2500))

    assert house.run("import", file).stdout == "2500 orders queued, 0 were in the queue already.\n"
    assert house.run("import", file).stdout == "0 orders queued, 2500 were in the queue already.\n"

    assert queued(house) == 2500
    (order,) = house.json("show", "ref-1700")
    assert (order["id"], order["link"], order["quantity"]) == (1701, "https://x.example/1700", 100)


def test_one_bad_row_among_many_stops_all_and_is_named(house: Project) -> None:
    rows = plain(2500)
    rows[1799] = "4,https://x.example/bad,none,ref-bad"

    refused = house.run("import", sheet(house, *rows), code=2)

    assert "orders.csv:1801: the quantity 'none' is not a whole number above 0" in refused.stderr
    assert queued(house) == 0
    assert house.run("import", sheet(house, *rows), "--skip-bad").stdout.startswith("2499 orders queued")


def test_a_ref_that_comes_again_is_the_same_order_or_a_clash(house: Project) -> None:
    rows = [*plain(1200), "4,https://x.example/5,100,ref-5"]
    assert house.run("import", sheet(house, *rows)).stdout.startswith("1200 orders queued, 1 were")

    clash = house.run("import", sheet(house, "4,https://x.example/other,100,ref-7"), code=2)
    assert "orders.csv:2: ref ref-7 is order 8 already, with other content" in clash.stderr


def test_rows_with_and_without_a_ref_and_rows_placed_elsewhere_go_together(house: Project) -> None:
    (placed,) = house.panel.state.fill(1, service=2)
    file = sheet(
        house,
        "4,https://x.example/a,100,r1,",
        "4,https://x.example/b,100,,",
        f"2,https://x.example/c,100,r3,{placed}",
        header="service,link,quantity,ref,panel_order_id",
    )

    house.run("import", file)

    assert sorted(house.states().values()) == ["active", "queued", "queued"]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_with_long_comments_are_read_few_at_a_time(house: Project, form: str) -> None:
    comment = "x" * 200_000
    if form == "csv":
        text = "service,link,comments\n" + "".join(f"9,https://x.example/{n},{comment}\n" for n in range(60))
    else:
        text = "".join(f'{{"service": 9, "link": "l{n}", "comments": "{comment}"}}\n' for n in range(60))
    sizes = [
        len(block)
        for block in _blocks(CsvFile(io.StringIO(text)) if form == "csv" else JsonFile(io.StringIO(text)))
    ]
    assert sum(sizes) == 60
    assert max(sizes) == 20

    told = house.run("import", "-", "--format", form, stdin=text).stdout
    assert told.startswith("60 orders queued")
