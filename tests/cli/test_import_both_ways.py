"""Rows that are taken many at a time become the orders that they become one by one, and every fault is told the same."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import databases
from tracker.cli.files.cells import csv_rows
from tracker.cli.files.delimited import CsvFile
from tracker.cli.queueing import imports
from tracker.cli.queueing.import_targets import Queue
from tracker.cli.queueing.imports import Import, Wishes
from tracker.cli.session import Session
from tracker.orders.answers import Service
from tracker.orders.links import are_plain, link_doubt
from tracker.store import catalogue, orders
from tracker.store.queue import SimpleRow

CONFIG = "database: {database}\npanels: {{p: {{url: https://x.example/api, key: abc}}, q: {{url: https://y.example/api, key: abc}}}}\n"
PLAIN = ("4", "https://x.example/a", "100", "ref", "p")
HOSTILE = {
    "service": [
        "",
        " 4 ",
        "=4",
        "'=4",
        "4\u00a0",
        "1-2-2026",
        "1,2E+11",
        "#REF!",
        "x" * 201,
        "\x00",
        "999",
        "5",
    ],
    "link": [
        *(
            "",
            "@name",
            "some_user",
            " https://x.example/b ",
            "https://x.example/ c",
            "http://x",
            "'+https://x.example/a",
        ),
        *(
            "https://x.example/\u2028",
            "HTTPS://X.example/a",
            "x.example/a",
            "https://",
            "a\nb",
            "https://y.example/z",
        ),
    ],
    "quantity": [
        "",
        " 7",
        "0",
        "-1",
        "1.000",
        "1,000",
        "\u0661",
        "1" * 14,
        "1e3",
        "=1+1",
        "2.5",
        "5",
        "999999999",
    ],
    "ref": [
        *(
            "",
            " r ",
            "a b",
            "'-1",
            "-1",
            "=1",
            "1.2E+11",
            "12E-3",
            "#N/A",
            "Err:502",
            "'x",
            "two\nlines",
            "12",
        ),
        *("r\u2028", "x" * 201, "ref-E+1", "\x07", "9E+9"),
    ],
    "panel": ["", " q ", "nobody", "=p", "q"],
}
"""For each column, cells that are odd in it."""


def hostile_rows() -> list[list[str]]:
    """Rows with one odd cell each, each behind a plain one, and rows that are odd as a whole."""
    rows: list[list[str]] = []
    for at, odd in enumerate(HOSTILE.values()):
        for cell in odd:
            rows.append([*PLAIN[:3], f"plain-{len(rows)}", "p"])
            rows.append(
                [
                    cell if at == place else one
                    for place, one in enumerate([*PLAIN[:3], f"odd-{len(rows)}", "p"])
                ]
            )
    again = [[*PLAIN[:3], "plain-2", "p"], [*PLAIN[:2], "9", "plain-4", "p"], [*PLAIN[:3], "r2", "q"]]
    return [
        *rows,
        [],
        ["4"],
        [*PLAIN, "more"],
        [*PLAIN[:3], "padded", "p", ""],
        [" ", "", "", "", ""],
        *again,
    ]


TEXT = (
    csv_rows([list(HOSTILE), *hostile_rows()])
    + '4,"https://x.example/"x,1,bad,p\n4,https://x.example/l,1,last,p\n'
)


class OneByOne(Queue):
    """The queue, which takes each row by itself."""

    def enqueue_simple(self, rows: Sequence[SimpleRow]) -> bool:
        return False


def imported(
    folder: Path, target: type[Queue], text: str = TEXT, times: int = 1
) -> tuple[dict[str, Any], list[Any]]:
    """What became of the rows of a file that is imported so many times, and the orders that it made."""
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(database=databases.home.url(folder)))
    config.chmod(0o600)
    with closing(Session(config)) as session:
        catalogue.replace_catalogue(
            session.db,
            "p",
            [Service("4", "Likes", Decimal("0.50"), 10, 1000), Service("5", "No price", None, None, None)],
            1,
        )
        for _ in range(times):
            job = Import(target(session), session.reserved(), Wishes("p", skip_bad=True, anyway=False))
            outcome = job.run(CsvFile(io.StringIO(text, newline="")))
        made = [order._replace(id=0, created_at=0, due_at=0) for order in orders.listed(session.db, limit=0)]
    return asdict(outcome), made


@pytest.mark.parametrize(("size", "times"), [(1, 1), (1, 2), (9, 1)])
def test_hostile_rows_become_the_same_orders_and_faults_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, times: int
) -> None:
    monkeypatch.setattr(imports, "BLOCK_ROWS", size)
    monkeypatch.setattr(imports, "LISTED", 10_000)
    quick, careful = (imported(tmp_path / one.__name__, one, times=times) for one in (Queue, OneByOne))

    assert quick == careful
    assert quick[0]["bad_count"] > 40
    assert {order.price for order in quick[1]} == {Decimal("0.50"), None}


@given(st.text(st.sampled_from("hHtps:/.x-a1@ \u00a0?#\n[]"), max_size=24), st.booleans())
def test_a_plain_link_is_never_a_doubtful_one(rest: str, has_scheme: bool) -> None:
    link = f"https://{rest}" if has_scheme else rest
    if link and are_plain(["https://x.example/a", link]):
        assert link_doubt(link) is None
        assert " " not in link
