"""What all files of orders have in common: their columns and rows, and what can be wrong with them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tracker.lib.counts import counted
from tracker.operations.drafts import COLUMNS, REQUIRED, Row

Raw = TypeVar("Raw")
"""A row as it is in the file: its cells, or its text."""


class BadFile(Exception):
    """The file as a whole cannot be read: no header, an unknown column, an encoding that nobody knows."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be queued, and why."""

    line: int
    why: str


Cells = Mapping[str, Sequence[str]]
"""The cells of many rows by their column; all columns are as long."""


class OrderFile(Protocol[Raw]):
    """A file of orders. Iterating yields each row that is not empty, with the line where it begins.

    Many rows are read at less cost by `unread` and `columns`; `looked_at` makes of unread rows what iterating yields.
    """

    #: The names of the columns; None where each row names its own.
    header: list[str] | None
    #: Whether a row may hold a megabyte of comments.
    has_long_rows: bool

    def __iter__(self) -> Iterator[tuple[int, Raw]]:
        """Yield the rows; empty ones are ignored."""

    def unread(self, most: int) -> list[tuple[int, Raw]]:
        """Return the next rows, perhaps empty ones too, before anything is looked at in them; none at the end."""

    def columns(self, rows: Sequence[Raw]) -> Cells | None:
        """Return the cells of unread rows by their column; None where a row is not as long as the header."""

    def looked_at(self, rows: Iterable[tuple[int, Raw]]) -> Iterator[tuple[int, Raw]]:
        """Yield those of unread rows that are not empty, as iterating does."""

    def row(self, line: int, raw: Raw) -> Row | BadRow:
        """Read one row."""


def column_name(cell: str) -> str:
    """Return the name that a cell of the header gives: case, spaces, hyphens and invisible marks do not matter."""
    letters = unicodedata.normalize("NFKD", cell)  # a Turkish spreadsheet writes LİNK
    visible = "".join(char for char in letters if unicodedata.category(char) not in ("Cf", "Mn"))
    return "_".join(visible.casefold().replace("-", " ").replace("_", " ").split())


class Columns:
    """The columns that a header names; those without a name, as spreadsheets leave them behind, hold nothing."""

    def __init__(self, header: Sequence[str]) -> None:
        """Read a header; BadFile says what is wrong with it."""
        found = [column_name(cell) for cell in header]
        self.names = [name for name in found if name]
        _check(self.names)
        self._width = len(found)
        self._named = [place for place, name in enumerate(found) if name]
        self._nameless = [place for place, name in enumerate(found) if not name]

    def of(self, rows: Sequence[object]) -> Cells | None:
        """Return the cells of many rows by their column; None where one is no row of cells, or not as long as these."""
        cells: list[list[str]] = [row for row in rows if isinstance(row, list)]
        if len(cells) != len(rows) or set(map(len, cells)) != {self._width}:
            return None
        found = list(zip(*cells, strict=True))
        if any("".join(found[place]).strip() for place in self._nameless):
            return None
        return {name: found[place] for name, place in self.places}

    @property
    def places(self) -> list[tuple[str, int]]:
        """Each named column, and the number of its cell in a row."""
        return list(zip(self.names, self._named, strict=True))

    def padded(self, cells: list[str]) -> list[str]:
        """Return a row that may end where nothing more is in it, as long as the header."""
        return cells + [""] * (self._width - len(cells))

    def pick(self, cells: list[str]) -> list[str] | str:
        """Return a row's cells of the named columns, or what is wrong with the row."""
        if len(cells) == self._width and not self._nameless:
            return cells
        if len(cells) <= self._named[-1] or any(cell.strip() for cell in cells[self._width :]):
            return f"{counted(len(cells), 'cell')} where the header has {self._width}"
        for place in self._nameless:
            if place < len(cells) and cells[place].strip():
                return f"column {_letter(place)} holds {cells[place].strip()[:40]!r}, and has no name in the first row"
        return [cells[place] for place in self._named]


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            raise BadFile(f"unknown column {name[:100]!r}{hint} The columns are: {', '.join(COLUMNS)}")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadFile(f"the column {missing[0]!r} is missing; the first line must name the columns")
    if len(set(names)) < len(names):
        raise BadFile("a column is named twice in the first line")


def _letter(place: int) -> str:
    """Return what a spreadsheet calls a column: A, B, …, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
