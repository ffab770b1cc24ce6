"""JSON Lines: one order, a JSON object, on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NoReturn

from tracker.cli.files.cells import formula_fault, mangled
from tracker.cli.files.rows import BadRow, Cells
from tracker.operations.drafts import Row

LONGEST_NUMBER = 100
"""Digits; a longer number is no id and no quantity."""


EXACT_DIGITS = 15
"""Digits that a number with a point holds exactly; of a longer one, programs lose the last."""


class _Refused(ValueError):
    """The line is JSON, but what it says is not certain."""


class JsonFile:
    """One JSON object a line."""

    header: list[str] | None = None
    has_long_rows = True

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines  # kept: whoever opened the file closes it
        self._rows = ((line, text) for line, text in enumerate(lines, 1) if text.strip())

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield each line that is not empty."""
        return self._rows

    def unread(self, most: int) -> list[tuple[int, str]]:
        """Return the next lines that are not empty."""
        return list(islice(self._rows, most))

    def columns(self, rows: Sequence[str]) -> Cells | None:
        """Return None: each line names its own values."""
        return None

    def looked_at(self, rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Yield these lines."""
        return iter(rows)

    def row(self, line: int, raw: str) -> Row | BadRow:
        """Read a line."""
        try:
            row = _read(raw)
        except _Refused as error:
            return BadRow(line, str(error))
        except json.JSONDecodeError as error:
            return BadRow(line, _not_json(raw, error.pos))
        except RecursionError:
            return BadRow(line, "this is not an order: it is nested too deeply")
        if not isinstance(row, dict):
            return BadRow(line, 'this is not a JSON object: write {"service": …, "link": …} on each line')
        values = {name: value for name, value in row.items() if value is not None}
        fault = next((fault for name, value in values.items() if (fault := _spoilt(name, value))), None)
        return values if fault is None else BadRow(line, fault)


def _read(text: str) -> Any:
    return json.loads(
        text.lstrip("\ufeff"),
        parse_float=_number,
        parse_int=_whole,
        parse_constant=_no_number,
        object_pairs_hook=_object,
    )


def _spoilt(name: str, value: Any) -> str | None:
    """Say what a spreadsheet has made of a value before it became JSON; None when it is as it was entered."""
    if name == "comments" or not isinstance(value, str):
        return None
    return formula_fault(name, value) or mangled(name, value)


def _number(text: str) -> int | str:
    """Read a number with a point or an exponent: programs write 12.0 for the 12 of a column with empty cells."""
    whole = text.removesuffix(".0")
    if whole.isdecimal() and len(whole) <= EXACT_DIGITS:
        return int(whole)
    if "e" in text.casefold():
        raise _Refused(
            f"the number {text[:40]} is shortened, so its digits are lost: write it in full, as text"
        )
    return text


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise _Refused(f"a number has {len(digits)} digits: {digits[:20]}…")
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise _Refused(f"{name} is no number that an order can have: write a whole number, or leave it out")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, in which no key may stand twice: which of the two was meant is not known."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Refused(f"the key {name[:100]!r} is given twice; leave one of them out")
        found[name] = value
    return found


def _not_json(text: str, at: int) -> str:
    """Say where a line stops being JSON."""
    text = text.rstrip("\r\n")
    if text.strip() in ("[", "]", "{", "}", "},"):
        return "an order must stand on one line, and lines have no brackets or commas around them"
    if at >= len(text):
        return "this is not JSON: the line ends too early"
    return f"this is not JSON, from character {at + 1} on: {text[at : at + 30]!r}"
