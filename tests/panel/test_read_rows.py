"""What is left of a list whose rows are read one by one, when it is no JSON or too large."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.panel.dialects.json_rows import LONGEST_ROW, MOST_ROWS, PIECE, read_rows
from tracker.panel.dialects.json_values import NotJson, quoted

CYRILLIC = {"content-type": "application/json; charset=windows-1251"}


def read(body: bytes, headers: dict[str, str] | None = None) -> tuple[Any, list[Any]]:
    rows: list[Any] = []
    return read_rows(body, headers or {}, "services", rows.append), rows


def test_what_is_no_json_is_quoted_from_its_first_character_in_its_encoding() -> None:
    assert read("  <я>".encode("cp1251"), CYRILLIC)[0] == NotJson("<я>")
    assert read("[1] <я> ".encode("cp1251"), CYRILLIC)[0] == NotJson(
        "[1] <я> ",
        'JSON that is broken in line 1, column 5: something follows behind its end, at "[1] <я>"',
    )
    assert read("[1".encode("cp1251"))[0] == NotJson(
        "[1", 'JSON that is cut short: it ends in line 1, column 3, at "[1"'
    )
    assert read(b" ")[0] == NotJson("")


def test_rows_and_words_are_read_in_the_encoding_that_the_panel_names() -> None:
    assert read('["я"]'.encode("cp1251"), CYRILLIC) == ([], ["я"])


def test_a_list_may_have_as_many_rows_as_the_limit_says_and_not_one_more() -> None:
    value, rows = read(b"[" + b"1," * (MOST_ROWS - 1) + b"1]")
    assert (value, len(rows)) == ([], MOST_ROWS)

    value, rows = read(b"[" + b"1," * MOST_ROWS + b"1]")
    assert isinstance(value, NotJson)
    assert value.fault == "a list of more than 100,000 rows, which is the limit"
    assert len(rows) == MOST_ROWS
    assert value.text.startswith("[1,1,")


def test_a_row_that_is_too_long_is_named_with_the_beginning_of_the_body_in_its_encoding() -> None:
    value, rows = read('["я'.encode("cp1251") + b"x" * 2 * LONGEST_ROW + b'"]', CYRILLIC)

    assert isinstance(value, NotJson)
    assert value.fault == "a row of more than 262,144 characters, which is the limit"
    assert value.text.startswith('["яx')
    assert rows == []


@pytest.mark.parametrize("length", [LONGEST_ROW - 3, LONGEST_ROW - 2])
def test_a_row_of_nearly_the_limit_is_read(length: int) -> None:
    assert read(b'["' + b"x" * length + b'"]') == ([], ["x" * length])


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_many_long_rows_are_no_long_row(pieces: int) -> None:
    row = b'"' + b"x" * (PIECE - 10) + b'"'

    value, rows = read(b"[" + b",".join([row] * pieces * 4) + b"]")

    assert value == []
    assert len(rows) == pieces * 4


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{5: 1}", "column 2: a key in double quotes is missing"),
        (b"{true: [2]}", "column 2: a key in double quotes is missing"),
        (b"{[1]: 1}", "column 2: a key in double quotes is missing"),
        (b'{"a" 1}', "column 6: a colon is missing after a key"),
        (b'{"a";1}', "column 5: a colon is missing after a key"),
        (b'{"a":1;"b":2}', "column 7: a comma or a closing bracket is missing"),
    ],
)
def test_an_object_has_texts_for_keys_with_a_colon_behind_each(body: bytes, why: str) -> None:
    told = f"JSON that is broken in line 1, {why}, at {quoted(body.decode())}"

    assert read(body)[0] == NotJson(body.decode(), told)


def test_a_fault_far_down_a_list_is_told_with_its_line_and_column() -> None:
    rows = b"[\n" + b'{"id": 1},\n' * 30_000

    cut, broken = read(rows + b'{"id"')[0], read(rows + b'{"id": oops}]')[0]

    assert (cut.fault or "").startswith("JSON that is cut short: it ends in line 30002, column 6, at ")
    assert (broken.fault or "").startswith("JSON that is broken in line 30002, column 8: a value is missing")


def test_only_the_list_under_the_key_is_taken_row_by_row() -> None:
    assert read(b'{"a": [1], "services": [2, 3], "b": [4]}') == ({"a": [1], "services": [], "b": [4]}, [2, 3])
    assert read(b'{"services":{"services":[1]}}') == ({"services": {"services": [1]}}, [])
    assert read(b'{"services":[],"a":1}') == ({"services": [], "a": 1}, [])
