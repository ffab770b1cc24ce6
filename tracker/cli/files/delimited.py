"""CSV as spreadsheets of all countries write it: parted by commas, semicolons or tabs, with a header row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, islice

from tracker.cli.files.cells import formula_fault, mangled, original
from tracker.cli.files.rows import BadFile, BadRow, Cells, Columns, column_name
from tracker.lib.lines import line_ends
from tracker.operations.drafts import COLUMNS, Row

LONGEST_CELL = 2_000_000
"""Characters in one cell; the csv module's own limit is too small for comments."""

csv.field_size_limit(LONGEST_CELL)

DELIMITERS = ",;\t|"
"""What parts the cells of a row; the first is taken where the header does not tell."""

_SEP = re.compile(r"""["']?sep=(?P<mark>[^\w"'\r\n]|\\t)["']?""", re.IGNORECASE)
"""A first line by which some programs tell Excel what parts the cells; it is no row."""

_MARKED = frozenset("='")
"""How a cell begins that may be a formula, or one that was made harmless."""


class CsvFile:
    """A table of text with a header row. BadFile when the header is wrong."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        first, self._line = self._first_line()
        told = _SEP.fullmatch(first.rstrip("\r\n"))
        if told:
            first, self._line = self._first_line()
        mark = told["mark"].replace("\\t", "\t") if told else delimiter_of(first)
        self._reader = csv.reader(chain((first,), self._lines), strict=True, delimiter=mark)
        self._start = self._line - 1
        self._columns = Columns(self._header())
        self.header: list[str] | None = self._columns.names
        self.has_long_rows = "comments" in self.header

    def _first_line(self) -> tuple[str, int]:
        """Return the next line with anything in it, and its number; BadFile when there is none."""
        number = getattr(self, "_line", 0)
        for text in self._lines:
            number += 1
            if text.strip(f"{DELIMITERS}\"' \t\r\n\ufeff\u00a0"):
                return text.lstrip("\ufeff"), number
        raise BadFile("the file is empty; its first line must name the columns")

    def _header(self) -> list[str]:
        try:
            return next(self._reader)
        except csv.Error as error:
            raise BadFile(f"line {self._line} {_fault(error)}") from None

    def __iter__(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        """Yield each row's cells."""
        while rows := self.unread(1):
            yield from self.looked_at(rows)

    def unread(self, most: int) -> list[tuple[int, list[str] | BadRow]]:
        """Return the cells of the next rows, also of empty ones; no more behind a row that cannot be read."""
        begin = self._start + self._reader.line_num + 1
        rows: list[list[str]] = []
        try:
            for cells in islice(self._reader, most):  # one by one, to keep what stands before a fault
                rows.append(cells)
        except csv.Error as error:
            *lines, last = _first_lines(begin, rows)
            end = self._start + self._reader.line_num
            why = f"this {_fault(error)}{_swallowed(last, end)}"
            return [*zip(lines, rows, strict=True), (last, BadRow(last, why))]
        end = self._start + self._reader.line_num + 1
        is_one_line_each = end - begin == len(rows)
        firsts = range(begin, end) if is_one_line_each else _first_lines(begin, rows)[:-1]
        return list(zip(firsts, rows, strict=True))

    def columns(self, rows: Sequence[list[str] | BadRow]) -> Cells | None:
        """Return the cells of unread rows by their column, where all are as long as the header."""
        return self._columns.of(rows)

    def looked_at(
        self, rows: Iterable[tuple[int, list[str] | BadRow]]
    ) -> Iterator[tuple[int, list[str] | BadRow]]:
        """Yield the cells of each row in which anything is."""
        for line, cells in rows:
            if isinstance(cells, BadRow):
                yield line, cells
            elif "".join(cells).strip():
                yield line, self._picked(line, cells)

    def _picked(self, line: int, cells: list[str]) -> list[str] | BadRow:
        picked = self._columns.pick(cells)
        if isinstance(picked, str):
            return BadRow(line, picked)
        if _MARKED.isdisjoint([cell[:1] for cell in picked]):
            return picked
        return self._without_marks(line, picked)

    def _without_marks(self, line: int, cells: list[str]) -> list[str] | BadRow:
        """Return a row whose cells may have been made harmless as they were before, or say which is a formula."""
        for name, cell in zip(self._columns.names, cells, strict=True):
            if fault := formula_fault(name, cell):
                return BadRow(line, fault)
        return [original(cell) for cell in cells]

    def row(self, line: int, raw: list[str] | BadRow) -> Row | BadRow:
        """Read a row's cells."""
        return raw if isinstance(raw, BadRow) else row_of(line, self._columns.names, raw)


def _first_lines(begin: int, rows: Sequence[Sequence[str]]) -> Sequence[int]:
    """Return the line where each of these rows begins, and where the next one does."""
    return list(accumulate((1 + sum(line_ends(cell) for cell in cells) for cells in rows), initial=begin))


def row_of(line: int, names: list[str], cells: list[str]) -> Row | BadRow:
    """Return the values of a row, or say which of them a spreadsheet has mangled."""
    row = {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}
    fault = next((fault for name, cell in row.items() if (fault := mangled(name, cell))), None)
    return row if fault is None else BadRow(line, fault)


def delimiter_of(header: str) -> str:
    """Return what parts the cells of a header: that by which it names most of our columns."""
    return max(DELIMITERS, key=lambda mark: _known(header, mark))


def _known(header: str, mark: str) -> int:
    return sum(column_name(cell.strip().strip("\"'")) in COLUMNS for cell in header.split(mark))


def _swallowed(first: int, last: int) -> str:
    """Say how much of the file is in a cell that does not end where it should: in a count of bad rows it is one."""
    return f"; all of lines {first} to {last} is in it, so none of them is read" if last > first else ""


def _fault(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"has a cell of more than {LONGEST_CELL:,} characters"
    if "unexpected end of data" in str(error):
        return 'has a quotation mark (") that is opened and never closed'
    if "expected after" in str(error):
        return 'has text behind a quotation mark ("); inside a quoted cell write it twice'
    return "is not CSV: a cell of it cannot be read"
