"""Reads files of orders, CSV or JSON Lines, row by row, each with its line number. Knows no order.

It streams: memory does not grow with the file.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

COLUMNS = ("service", "link", "quantity", "comments", "ref", "panel", "panel_order_id")
REQUIRED = ("service", "link")

LONGEST_CELL = 2_000_000
"""Characters in one CSV cell; the csv module's own limit is too small for comments."""

csv.field_size_limit(LONGEST_CELL)

Row = Mapping[str, object]
"""The values of a row by their column; empty values are left out."""

Raw = TypeVar("Raw")
"""A row as it is in the file: its cells, or its text."""


_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet runs as a formula (some take wide signs for the others), or that
`without_formula` has made of one."""


def without_formula(cell: str) -> str:
    """Write a cell so that no spreadsheet runs it: with a `'` before it, which reading takes away again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def csv_line(values: Iterable[object]) -> str:
    """Write a row of CSV that no spreadsheet runs and that is read back the same."""
    cells = [without_formula(value) if isinstance(value, str) else value for value in values]
    line = io.StringIO(newline="")
    # The writer quotes what holds a character of its line end, and a lone \r would end a row too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return f"{line.getvalue()[:-2]}\n"


def _original(cell: str) -> str:
    """Return a cell as it was before `without_formula`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class BadFile(Exception):
    """The file as a whole cannot be read: no header, or an unknown column."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be queued, and why."""

    line: int
    why: str


class OrderFile(Protocol[Raw]):
    """A file of orders. Iterating yields each row as it is in the file, with the line where it begins."""

    #: The names of the columns; None where each row names its own.
    header: list[str] | None
    #: Whether a row may hold a megabyte of comments.
    has_long_rows: bool

    def __iter__(self) -> Iterator[tuple[int, Raw]]:
        """Yield the rows; empty ones are ignored."""

    def row(self, line: int, raw: Raw) -> Row | BadRow:
        """Read one row."""


def _fault(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"has a cell of more than {LONGEST_CELL:,} characters"
    return f"is not CSV: {error}"


class CsvFile:
    """CSV with a header row. BadFile when the header is wrong."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._reader = csv.reader(lines, strict=True)
        try:
            header = next(self._reader)
        except StopIteration:
            raise BadFile("the file is empty; its first line must name the columns") from None
        except csv.Error as error:
            raise BadFile(f"line 1 {_fault(error)}") from None
        self.header: list[str] | None = [name.strip().lower().lstrip("\ufeff") for name in header]
        _check_header(self.header)
        self.has_long_rows = "comments" in self.header

    def __iter__(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        """Yield each row's cells."""
        reader = self._reader
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, BadRow(line, f"this {_fault(error)}")
                continue
            if any(cells):
                yield line, [_original(cell) if cell[:1] == "'" else cell for cell in cells]

    def row(self, line: int, raw: list[str] | BadRow) -> Row | BadRow:
        """Read a row's cells."""
        header = self.header or []
        if isinstance(raw, BadRow):
            return raw
        if len(raw) != len(header):
            return BadRow(line, f"{len(raw)} cells where the header has {len(header)}")
        return {name: cell for name, cell in zip(header, raw, strict=True) if cell.strip()}


def _check_header(header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            raise BadFile(f"unknown column {name!r}{hint} The columns are: {', '.join(COLUMNS)}")
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise BadFile(f"the column {missing[0]!r} is missing; the first line must name the columns")
    if len(set(header)) < len(header):
        raise BadFile("a column is named twice in the first line")


class JsonFile:
    """One JSON object a line."""

    header: list[str] | None = None
    has_long_rows = True

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield each line that is not empty."""
        return ((line, text) for line, text in enumerate(self._lines, 1) if text.strip())

    def row(self, line: int, raw: str) -> Row | BadRow:
        """Read a line."""
        try:
            row = json.loads(raw, parse_float=str)
        except (ValueError, RecursionError) as error:
            return BadRow(line, f"this is not JSON: {error}")
        if not isinstance(row, dict):
            return BadRow(line, 'this is not a JSON object: write {"service": …, "link": …}')
        return {name: value for name, value in row.items() if value is not None}
