"""Rows of orders: what is read, what is refused, and with which message."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cli.files.delimited import CsvFile
from tracker.cli.files.json_lines import JsonFile
from tracker.cli.files.rows import BadFile, BadRow, Columns, OrderFile, Raw
from tracker.cli.queueing.import_rows import entry_of, simple_rows
from tracker.lib.times import HOUR
from tracker.operations.drafts import Row, draft_of, past_fault
from tracker.orders.order import Draft
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.custom import custom
from tracker.store.queue import Entry

PANELS = {"p": named("tagrani").reserved}
GOOD = {"service": "4", "link": "https://x.example/a", "quantity": "100"}


def read(file: OrderFile[Raw]) -> list[tuple[int, Row | BadRow]]:
    return [(line, file.row(line, raw)) for line, raw in file]


def test_each_csv_row_is_read_with_its_line_number() -> None:
    text = 'service,link,quantity,comments\n4,https://x.example/a,100,\n9,https://x.example/b,,"one\ntwo"\n4,l,7,\n'
    rows = list(read(CsvFile(io.StringIO(text, newline=""))))

    assert [line for line, _ in rows] == [2, 3, 5]
    assert rows[1][1] == {"service": "9", "link": "https://x.example/b", "comments": "one\ntwo"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("service,lnk\n", "did you mean 'link'?"),
        ("service,quantity\n", "the column 'link' is missing"),
        ("service,link,link\n", "named twice"),
        ("service,link,colour\n", "unknown column 'colour'. The columns are: service, link"),
    ],
)
def test_a_wrong_header_is_refused_and_the_message_says_what_to_change(text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message.replace("?", r"\?")):
        CsvFile(io.StringIO(text))


def test_a_row_with_too_many_cells_is_bad_and_the_next_row_is_still_read() -> None:
    rows = [row for _, row in read(CsvFile(io.StringIO("service,link\n1,2,3\n4,l\n")))]

    assert isinstance(rows[0], BadRow)
    assert rows[1] == {"service": "4", "link": "l"}


def test_each_json_line_is_read_and_bad_lines_are_reported() -> None:
    rows = [
        row for _, row in read(JsonFile(['{"service": 4, "link": "l", "ref": null}', "", "[1]", "{oops"]))
    ]

    assert rows[0] == {"service": 4, "link": "l"}
    assert [isinstance(row, BadRow) for row in rows] == [False, True, True]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"service": ""}, "the service is missing"),
        ({"link": None}, "the link is missing"),
        ({"quantity": "1e3"}, "not a whole number above 0"),
        ({"quantity": "0"}, "not a whole number above 0"),
        ({"quantity": "-5"}, "not a whole number above 0"),
        ({"quantity": "1.000"}, "is not clear"),
        ({"quantity": [5]}, "not a whole number above 0"),
        ({"quantity": "1.5"}, "not a whole number above 0"),
        ({"quantity": True}, "not a whole number above 0"),
        ({"quantity": "9" * 30}, "not a whole number above 0"),
        ({"link": "a\nb"}, "control character"),
        ({"ref": "a\u2028b"}, "control character"),
        ({"ref": "\u200fسلام"}, "a character that cannot be seen, U\\+200F: remove it"),
        ({"link": "https://a.example/a\u00a0b"}, "U\\+00A0"),
        ({"ref": "x" * 201}, "longer than 200"),
        ({"panel": "other"}, "no panel 'other'"),
        ({"fields": {"key": "x"}}, "tracker fills in the field 'key' itself"),
        ({"fields": {"a b": "x"}}, "not a field name"),
        ({"fields": ["x"]}, "JSON object"),
        ({"fields": {"express": True}}, "without true or false"),
        ({"panel_order_id": "۵۰۰۱"}, "digits 0 to 9"),
        ({"panel_order_id": "5001,5002"}, "no space, comma"),
        ({"panel_order_id": "50 01"}, "no space, comma"),
        ({"panel_order_id": "9" * 101}, "longer than 100"),
        ({"fields": {f"f{n}": "x" * 100 for n in range(10_000)}}, "the fields are longer than 1,000,000"),
        ({"panel_order_id": "-1"}, "not a panel's order id"),
        ({"panel_order_id": 0}, "not a panel's order id"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"comments": 5}, "must be text"),
        ({"comments": "\ud800"}, "not UTF-8"),
        ({"fields": {"name": "\udcff"}}, "not UTF-8"),
        ({"service": 4.5}, "must be text"),
    ],
)
def test_a_bad_value_is_refused_and_the_message_says_what_to_change(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        draft_of({**GOOD, **values}, "p", PANELS)


def test_a_field_that_tracker_fills_in_is_refused_under_the_panels_name_for_it() -> None:
    panels = {"p": custom("perfectpanel", {"fields": {"link": "url"}}).reserved}
    row = {**GOOD, "fields": {"url": "https://other.example"}}

    with pytest.raises(ValueError, match="tracker fills in the field 'url' itself"):
        draft_of(row, "p", panels)
    assert draft_of(row, "p", PANELS).fields == {"url": "https://other.example"}


def test_comments_are_stored_one_a_line_without_empty_lines() -> None:
    assert draft_of({**GOOD, "comments": "one\r\n\r\n two \n"}, "p", PANELS).comments == "one\ntwo"


def test_equal_rows_without_a_ref_get_different_keys_that_stay_the_same_in_every_import() -> None:
    def keys() -> list[str | None]:
        seen: dict[bytes, int] = {}
        return [entry_of(row, "p", PANELS, seen).key for row in (GOOD, GOOD, {**GOOD, "quantity": "5"})]

    assert len(set(keys())) == 3
    assert keys() == keys()


def test_a_row_with_a_ref_needs_no_key() -> None:
    assert entry_of({**GOOD, "ref": "r"}, "p", PANELS, {}).key is None


def test_a_json_number_is_read_with_all_its_digits() -> None:
    (_, row), *_ = read(JsonFile([json.dumps({"service": 12345678901234567890, "link": "l"})]))

    assert not isinstance(row, BadRow)
    assert draft_of(row, "p", PANELS).service == "12345678901234567890"


CELL = st.one_of(
    st.sampled_from(
        ["4", " 7 ", "", " ", "p", "q", "x", "0", "007", "1" * 14, "-1", "٣", "a\nb", "\x00", "l" * 201, "é"]
    ),
    st.text(max_size=5),
)
HEADERS = st.permutations(["service", "link", "ref", "quantity", "panel", "comments", "panel_order_id"])


def with_required(columns: list[str]) -> list[str]:
    """The columns that every file has, and some of the others."""
    return ["service", "link", *(name for name in columns[:4] if name not in ("service", "link"))]


@given(
    HEADERS.map(with_required),
    st.sampled_from(["p", None]),
    st.data(),
)
def test_rows_read_all_at_once_give_the_same_orders_as_rows_read_one_by_one(
    header: list[str], default: str | None, data: st.DataObject
) -> None:
    width = st.lists(CELL, min_size=len(header), max_size=len(header))
    cells = data.draw(st.lists(width.filter(any), min_size=1, max_size=3))
    found = simple_rows(Columns(header).of(cells), default, PANELS)

    if found is not None:
        file = CsvFile([",".join(header)])
        for raw, simple in zip(cells, found, strict=True):
            row = file.row(2, raw)
            assert not isinstance(row, BadRow)
            assert entry_of(row, default, PANELS, {}) == Entry(Draft(*simple[:4], ref=simple[4]))


def test_simple_rows_are_read_all_at_once() -> None:
    cells = [["r1", " 4", "https://x.example/a", "100"], ["r2", "5", "https://x.example/b", "7"]]
    assert simple_rows(Columns(["ref", "service", "link", "quantity"]).of(cells), "p", PANELS) == [
        ("p", "4", "https://x.example/a", 100, "r1"),
        ("p", "5", "https://x.example/b", 7, "r2"),
    ]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"not_before": "2d", "expires": "1d"}, "it expires before it may be sent"),
        ({"expires": "soon"}, "'soon' is no point in time"), ({"priority": "101"}, "from -100 to 100"),
        ({"priority": "1.5"}, "from -100 to 100"), ({"priority": True}, "must be text"), ({"tags": "a/b"}, "holds '/'"),
        ({"tags": 5}, "a list of texts"), ({"tags": ["a", 5]}, "a list of texts"), ({"tags": [""]}, "1 to 64 characters"),
    ],
)  # fmt: skip
def test_times_priorities_and_tags_that_cannot_be_meant_are_refused(
    values: dict[str, object], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        draft_of({**GOOD, **values}, "p", PANELS)


def test_times_priorities_and_tags_are_read_from_texts_and_lists() -> None:
    draft = draft_of({**GOOD, "tags": "july; vip", "priority": "-5", "expires": "9"}, "p", PANELS, int)

    assert (draft.tags, draft.priority, draft.not_before, draft.expires_at) == (("july", "vip"), -5, None, 9)
    assert draft_of({**GOOD, "tags": ["a", "b"], "priority": 7}, "p", PANELS).tags == ("a", "b")
    assert past_fault(draft, 8) is None
    assert past_fault(draft, 9 + 3 * HOUR) == "`expires` is in the past: that was 3 h ago"


@pytest.mark.parametrize("text", ["کمپین\u200cها", "नमस्\u200dते", "👩\u200d💻"])
def test_words_keep_the_joiners_that_they_are_written_with(text: str) -> None:
    draft = draft_of({**GOOD, "ref": text, "link": f"https://a.example/{text}"}, "p", PANELS)

    assert (draft.ref, draft.link) == (text, f"https://a.example/{text}")
