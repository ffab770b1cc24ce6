"""Rows of orders: what is read, what is refused, and in which words."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cli.drafts import draft_of, entry_of, simple_rows
from tracker.cli.order_files import BadFile, BadRow, CsvFile, JsonFile, OrderFile, Row
from tracker.orders.order import Draft
from tracker.panel.dialects.custom import custom, named
from tracker.store.queue import Entry

PANELS = {"p": named("tagrani").reserved}
GOOD = {"service": "4", "link": "https://x.example/a", "quantity": "100"}


def read(sheet: OrderFile) -> list[tuple[int, Row | BadRow]]:
    return [(line, sheet.row(line, raw)) for line, raw in sheet]


def test_a_csv_row_reads_with_its_line() -> None:
    text = 'service,link,quantity,comments\n4,https://x.example/a,100,\n9,https://x.example/b,,"one\ntwo"\n4,l,7,\n'
    rows = list(read(CsvFile(io.StringIO(text, newline=""))))

    assert [line for line, _ in rows] == [2, 3, 5]
    assert rows[1][1] == {"service": "9", "link": "https://x.example/b", "comments": "one\ntwo"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("service,lnk\n", "did you mean 'link'?"),
        ("service,quantity\n", "the column 'link' is missing"),
        ("service,link,link\n", "named twice"),
    ],
)
def test_a_wrong_header_is_refused_with_what_to_change(text: str, words: str) -> None:
    with pytest.raises(BadFile, match=words.replace("?", r"\?")):
        CsvFile(io.StringIO(text))


def test_a_row_with_too_many_cells_is_bad_and_the_next_is_read() -> None:
    rows = [row for _, row in read(CsvFile(io.StringIO("service,link\n1,2,3\n4,l\n")))]

    assert isinstance(rows[0], BadRow)
    assert rows[1] == {"service": "4", "link": "l"}


def test_json_lines_are_read_one_by_one() -> None:
    rows = [
        row for _, row in read(JsonFile(['{"service": 4, "link": "l", "ref": null}', "", "[1]", "{oops"]))
    ]

    assert rows[0] == {"service": 4, "link": "l"}
    assert [isinstance(row, BadRow) for row in rows] == [False, True, True]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"service": ""}, "the service is missing"),
        ({"link": None}, "the link is missing"),
        ({"quantity": "1e3"}, "not a whole number above 0"),
        ({"quantity": "0"}, "not a whole number above 0"),
        ({"quantity": "-5"}, "not a whole number above 0"),
        ({"quantity": "٣"}, "not a whole number above 0"),
        ({"quantity": "1.5"}, "not a whole number above 0"),
        ({"quantity": True}, "not a whole number above 0"),
        ({"quantity": "9" * 30}, "not a whole number above 0"),
        ({"link": "a\nb"}, "control character"),
        ({"ref": "x" * 201}, "longer than 200"),
        ({"panel": "other"}, "no panel 'other'"),
        ({"fields": {"key": "x"}}, "tracker's own"),
        ({"fields": {"a b": "x"}}, "not a field name"),
        ({"fields": ["x"]}, "JSON object"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"comments": 5}, "must be text"),
        ({"service": 4.5}, "must be text"),
    ],
)
def test_a_bad_value_is_refused_with_what_to_change(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draft_of({**GOOD, **values}, "p", PANELS)


def test_a_field_is_refused_by_the_name_that_the_panel_has_for_it() -> None:
    panels = {"p": custom("perfectpanel", {"fields": {"link": "url"}}).reserved}
    row = {**GOOD, "fields": {"url": "https://other.example"}}

    with pytest.raises(ValueError, match="'url' is tracker's own"):
        draft_of(row, "p", panels)
    assert draft_of(row, "p", PANELS).fields == {"url": "https://other.example"}


def test_comments_keep_one_a_line_without_empty_ones() -> None:
    assert draft_of({**GOOD, "comments": "one\r\n\r\n two \n"}, "p", PANELS).comments == "one\ntwo"


def test_equal_rows_without_a_ref_are_told_apart_and_known_again() -> None:
    def keys() -> list[str | None]:
        seen: dict[bytes, int] = {}
        return [entry_of(row, "p", PANELS, seen).key for row in (GOOD, GOOD, {**GOOD, "quantity": "5"})]

    assert len(set(keys())) == 3
    assert keys() == keys()


def test_a_row_with_a_ref_needs_no_other_name() -> None:
    assert entry_of({**GOOD, "ref": "r"}, "p", PANELS, {}).key is None


def test_a_json_number_keeps_every_digit() -> None:
    (_, row), *_ = read(JsonFile([json.dumps({"service": 12345678901234567890, "link": "l"})]))

    assert not isinstance(row, BadRow)
    assert draft_of(row, "p", PANELS).service == "12345678901234567890"


CELL = st.one_of(
    st.sampled_from(
        ["4", " 7 ", "", " ", "p", "q", "x", "0", "007", "1" * 14, "-1", "٣", "a\nb", "\x00", "l" * 201, "é"]
    ),
    st.text(max_size=5),
)
HEADS = st.permutations(["service", "link", "ref", "quantity", "panel", "comments", "panel_order_id"])


@given(
    HEADS.map(lambda heads: ["service", "link", *(h for h in heads[:4] if h not in ("service", "link"))]),
    st.sampled_from(["p", None]),
    st.data(),
)
def test_many_rows_at_once_are_read_as_one_by_one_or_not_at_all(
    heads: list[str], default: str | None, data: st.DataObject
) -> None:
    width = st.lists(CELL, min_size=len(heads), max_size=len(heads))
    cells = data.draw(st.lists(width.filter(any), min_size=1, max_size=3))
    found = simple_rows(heads, cells, default, PANELS)

    if found is not None:
        sheet = CsvFile([",".join(heads)])
        for raw, plain in zip(cells, found, strict=True):
            row = sheet.row(2, raw)
            assert not isinstance(row, BadRow)
            assert entry_of(row, default, PANELS, {}) == Entry(Draft(*plain[:4], ref=plain[4]))


def test_plain_rows_are_read_at_once() -> None:
    cells = [["r1", " 4", "https://x.example/a", "100"], ["r2", "5", "https://x.example/b", "7"]]
    assert simple_rows(["ref", "service", "link", "quantity"], cells, "p", PANELS) == [
        ("p", "4", "https://x.example/a", 100, "r1"),
        ("p", "5", "https://x.example/b", 7, "r2"),
    ]
