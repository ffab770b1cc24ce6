"""Texts, columns, times and money as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.zones import machine_in
from tracker.cli.terminal import columns
from tracker.cli.terminal.cells import cells, cut, cut_link, isolated, pad, wrapped
from tracker.cli.terminal.columns import Column, link_column, text_column
from tracker.lib import moments, money
from tracker.lib.counts import counted
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND

PERSIAN, CHINESE, EMOJI = "کمپین تابستان", "抖音粉丝 快速", "🎉👩\u200d💻🎉"
LONG = "https://example.com/" + "x" * 3000 + "/end"


@given(st.text(max_size=40), st.integers(1, 40))
def test_a_cut_text_takes_no_more_cells_than_there_are(text: str, room: int) -> None:
    assert cells(cut(text, room)) <= room
    assert cells(cut_link(text, room)) <= room
    assert cut(text, room) == text or cells(text) > room


@pytest.mark.parametrize("room", [20, 30, 60, 200])
def test_a_link_is_cut_in_its_middle_and_keeps_its_host_and_its_end(room: int) -> None:
    found = cut_link(LONG, room)

    assert cells(found) <= room
    assert "example.com" in found
    assert found.endswith("/end")
    assert found.count("…") == 1


@pytest.mark.parametrize("text", ["plain", PERSIAN, CHINESE, EMOJI])
def test_cells_are_filled_up_by_the_cells_that_a_text_takes(text: str) -> None:
    assert cells(pad(text, 20).replace("\u2068", "").replace("\u2069", "")) == 20
    assert (isolated(text) != text) == (text == PERSIAN)


def test_a_sentence_is_broken_between_its_words_only() -> None:
    lines = wrapped(f"see {LONG} and the rest of it", 30, "why  ", "     ")

    assert LONG in "".join(lines)
    assert [line for line in lines if LONG not in line] == ["why  see", "     and the rest of it"]


def test_a_command_in_a_sentence_stays_on_one_line_where_it_fits() -> None:
    text = "see `tracker alerts list` (odd), then run `a command that is much longer than a line`"

    assert wrapped(text, 26) == [
        "see `tracker alerts list`", "(odd), then run `a command", "that is much longer than a", "line`"
    ]  # fmt: skip
    assert wrapped("one ` mark only here", 10) == ["one ` mark", "only here"]


COLUMNS = [Column("id"), text_column("ref", least=6), link_column("link", least=10), Column("age")]


@pytest.mark.parametrize(
    ("natural", "room", "expected"),
    [
        ([2, 6, 10, 3], 80, [2, 6, 10, 3]),
        ([2, 20, 3000, 3], 60, [2, 20, 29, 3]),
        ([2, 20, 3000, 3], 40, [2, 14, 15, 3]),
        ([2, 20, 3000, 3], 27, [2, 6, 10, 3]),
        ([2, 20, 3000, 3], 26, [2, 10, 10]),
        ([2, 20, 3000, 3], 5, [2]),
    ],
)
def test_the_widest_columns_are_cut_first_and_the_last_left_out(
    natural: list[int], room: int, expected: list[int]
) -> None:
    assert columns.fitted(COLUMNS, natural, room) == expected


def test_columns_are_chosen_by_name_and_a_wrong_name_is_told() -> None:
    known = {column.name: column for column in COLUMNS}

    assert columns.chosen("link, ID", known) == [COLUMNS[2], COLUMNS[0]]
    with pytest.raises(ValueError, match="did you mean link"):
        columns.chosen("id,lnik", known)


@pytest.fixture
def zone() -> Iterator[None]:
    with machine_in("Asia/Tehran"):
        yield


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


NOW = at("2026-03-18T14:05:00+03:30")


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        (NOW - HOUR, "13:05"),
        (NOW - 2 * DAY, "Mon 14:05"),
        (NOW - 7 * DAY, "11 Mar"),
        (NOW - 400 * DAY, "11 Feb 2025"),
        (at("2026-03-17T21:00:00+00:00"), "00:30"),
    ],
)
@pytest.mark.usefixtures("zone")
def test_times_are_local_and_as_short_as_is_clear(when: int, shown: str) -> None:
    assert moments.short(when, NOW) == shown


PAST = [
    ("2h", NOW - 2 * HOUR),
    ("2 hours ago", NOW - 2 * HOUR),
    ("90 min", NOW - 90 * MINUTE),
    ("1 week", NOW - 7 * DAY),
    ("today", at("2026-03-18T00:00:00+03:30")),
    ("Yesterday", at("2026-03-17T00:00:00+03:30")),
    ("monday", at("2026-03-16T00:00:00+03:30")),
    ("wed", at("2026-03-18T00:00:00+03:30")),
    ("last wednesday", at("2026-03-11T00:00:00+03:30")),
    ("14:00", NOW - 5 * MINUTE),
    ("14:10", NOW - DAY + 5 * MINUTE),
    ("2026-03-01", at("2026-03-01T00:00:00+03:30")),
    ("2026/03/01", at("2026-03-01T00:00:00+03:30")),
    ("۲۰۲۶-۰۳-۰۱", at("2026-03-01T00:00:00+03:30")),
    ("Mon 14:05", at("2026-03-16T14:05:00+03:30")),
    ("yesterday 9:00", at("2026-03-17T09:00:00+03:30")),
    ("14:04:59", NOW - MINUTE + 59 * SECOND),
    ("11 Mar", at("2026-03-11T00:00:00+03:30")),
    ("19 Mar", at("2025-03-19T00:00:00+03:30")),
    ("11 Feb 2025", at("2025-02-11T00:00:00+03:30")),
    ("11 March 14:05:09", at("2026-03-11T14:05:09+03:30")),
    ("2026-03-01T10:00:00Z", at("2026-03-01T10:00:00+00:00")),
]
"""What people call a moment in Tehran, and which it is."""


@pytest.mark.parametrize(("text", "read"), PAST)
@pytest.mark.usefixtures("zone")
def test_what_people_call_a_moment_is_read(text: str, read: int) -> None:
    assert moments.read_since(text, NOW) == read


@pytest.mark.parametrize(("text", "read"), PAST)
def test_a_zone_that_is_given_counts_and_not_that_of_the_machine(text: str, read: int) -> None:
    assert moments.read_since(text, NOW, ZoneInfo("Asia/Tehran")) == read


@pytest.mark.parametrize("text", ["soon", "", "25:00", "soon 14:00", "31 feb", "2026-13-01", "3 moons"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.read_since(text, NOW)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234567", "1,234,567"),
        ("4500.5", "4,500.50"),
        ("0.00123000", "0.00123"),
        ("12.000", "12"),
        ("-1e3", "-1,000"),
    ],
)
def test_money_is_exact_and_readable(amount: str, shown: str) -> None:
    assert money.shown(Decimal(amount), "USD") == f"{shown} USD"
    assert money.shown(Decimal(amount)) == shown


def test_counts_have_the_right_plural() -> None:
    assert [counted(n, "order") for n in (0, 1, 2, 1200)] == [
        "0 orders",
        "1 order",
        "2 orders",
        "1,200 orders",
    ]
