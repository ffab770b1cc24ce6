"""What is left of a list whose rows are read one by one, when it is no JSON or too large."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.panel.dialects.json_rows import LONGEST_ROW, MOST_ROWS, PIECE, read_rows
from tracker.panel.dialects.json_values import NotJson

CYRILLIC = {"content-type": "application/json; charset=windows-1251"}


def read(body: bytes, headers: dict[str, str] | None = None) -> tuple[Any, list[Any]]:
    rows: list[Any] = []
    return read_rows(body, headers or {}, "services", rows.append), rows


def test_what_is_no_json_is_quoted_from_its_first_character_in_its_encoding() -> None:
    assert read("  <я>".encode("cp1251"), CYRILLIC)[0] == NotJson("<я>")
    assert read("[1] <я> ".encode("cp1251"), CYRILLIC)[0] == NotJson("[1] <я> ")
    assert read("[1".encode("cp1251"))[0] == NotJson("[1")
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
    "body", [b"{5: 1}", b"{true: [2]}", b"{[1]: 1}", b'{"a" 1}', b'{"a";1}', b'{"a":1;"b":2}']
)
def test_an_object_has_texts_for_keys_with_a_colon_behind_each(body: bytes) -> None:
    assert read(body)[0] == NotJson(body.decode())


def test_only_the_list_under_the_key_is_taken_row_by_row() -> None:
    assert read(b'{"a": [1], "services": [2, 3], "b": [4]}') == ({"a": [1], "services": [], "b": [4]}, [2, 3])
    assert read(b'{"services":{"services":[1]}}') == ({"services": {"services": [1]}}, [])
    assert read(b'{"services":[],"a":1}') == ({"services": [], "a": 1}, [])
