"""Workbooks (.xlsx): the first visible sheet, read row by row. openpyxl, an extra, knows the format."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time, timedelta
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from tracker.cli.files.cells import formula_fault, original
from tracker.cli.files.delimited import row_of
from tracker.cli.files.rows import BadFile, BadRow, Cells, Columns
from tracker.lib.counts import counted
from tracker.operations.drafts import MOMENTS, Row

MOST_BYTES = 256 << 20
"""Bytes of all parts of a workbook, unpacked: a larger one is no list of orders, and may be a trap."""

MOST_TEXT = 64 << 20
"""Bytes of the part that holds all texts, which is read into memory as a whole."""

MOST_PARTS = 10_000

EXACT = 10**15
"""Spreadsheets keep 15 digits of a number: of a longer one the last are lost."""

SAVE_AS_CSV = "save the sheet as CSV (in Excel: File > Save As > CSV UTF-8) and import that"

ZIP = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0"
"""How files begin that are zipped, as .xlsx are, and those of old Excel or with a password."""

_CONTROL = re.compile("_x00([01][0-9A-Fa-f])_")
"""How a workbook writes a control character in a text."""

_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, ParseError, expat.ExpatError, OSError, EOFError, RuntimeError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
)
"""What the library and what it stands on raise on files that are no proper workbooks."""


HIDDEN = "the row is hidden, perhaps by a filter: show it or delete it; --anyway takes hidden rows too"


class WorkbookFile:
    """The first visible sheet of a workbook, whose hidden rows are bad ones unless they are asked for.

    BadFile when it cannot be read or its header is wrong.
    """

    def __init__(self, file: BinaryIO, with_hidden: bool = False) -> None:
        _refuse_unfit(file)
        self._values, self._formulas = _open(file, data_only=True), _open(file, data_only=False)
        self._name, self._others = _first_visible(self._values)
        self._hidden = _hidden_rows(file, self._values[self._name])
        self._with_hidden = with_hidden
        self._rows = self._read()
        self._columns = Columns(self._header())
        self.header: list[str] | None = self._columns.names
        self.has_long_rows = "comments" in self.header
        self._cells = self._read_cells()

    @property
    def remarks(self) -> Iterator[str]:
        """What the user should know: which sheet is read, where there are several, and whether hidden rows are."""
        if self._with_hidden and self._hidden:
            are = "is" if len(self._hidden) == 1 else "are"
            yield f"{counted(len(self._hidden), 'hidden row')} {are} read too"
        if not self._others:
            return
        rest = "1 other was" if self._others == 1 else f"{self._others} others were"
        yield f"the sheet {self._name!r} is read, the first that is visible; {rest} left out"

    def _read(self) -> Iterator[tuple[int, Sequence[Any], Sequence[Any]]]:
        """Yield each row that is not empty: its number, its values, and the formulas that they come from."""
        sheets = [book[self._name] for book in (self._values, self._formulas)]
        for sheet in sheets:
            sheet.reset_dimensions()  # what the file says of its size may be wrong
        rows = [sheet.iter_rows(values_only=True) for sheet in sheets]
        with _faults_told():
            for number, (values, formulas) in enumerate(zip(*rows, strict=True), 1):
                if any(one is not None and str(one).strip() for one in formulas):
                    yield number, values, formulas

    def _header(self) -> list[str]:
        for number, values, _ in self._rows:
            self._hidden -= {number}
            return ["" if value is None else str(value) for value in values]
        raise BadFile(f"the sheet {self._name!r} is empty; its first row must name the columns")

    def __iter__(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        """Yield each row's cells as text."""
        return self._cells

    def _read_cells(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        left_out = frozenset[int]() if self._with_hidden else self._hidden
        for number, values, formulas in self._rows:
            bad = BadRow(number, HIDDEN) if number in left_out else None
            yield number, bad or self._texts(number, values, formulas)

    def unread(self, most: int) -> list[tuple[int, list[str] | BadRow]]:
        """Return the cells of the next rows; the library has looked at them already."""
        return list(islice(self._cells, most))

    def columns(self, rows: Sequence[list[str] | BadRow]) -> Cells | None:
        """Return the cells of rows by their column; None where one of them is a bad row."""
        return Columns(self._columns.names).of(rows)

    def looked_at(
        self, rows: Iterable[tuple[int, list[str] | BadRow]]
    ) -> Iterator[tuple[int, list[str] | BadRow]]:
        """Yield these rows."""
        return iter(rows)

    def _texts(self, number: int, values: Sequence[Any], formulas: Sequence[Any]) -> list[str] | BadRow:
        for name, place in self._columns.places:
            pair = (row[place] if place < len(row) else None for row in (values, formulas))
            if fault := _cell_fault(name, *pair):
                return BadRow(number, fault)
        picked = self._columns.pick(self._columns.padded([_text(value) for value in values]))
        return BadRow(number, picked) if isinstance(picked, str) else picked

    def row(self, line: int, raw: list[str] | BadRow) -> Row | BadRow:
        """Read a row's cells."""
        return raw if isinstance(raw, BadRow) else row_of(line, self._columns.names, raw)


def _cell_fault(name: str, value: Any, formula: Any) -> str | None:
    """Say why the value of a cell is not what was meant; None when it can be read."""
    text = str(getattr(formula, "text", formula))  # a formula over several cells is an object
    if text.startswith("=") and (text == value or "HYPERLINK(" in text.upper()):
        return formula_fault(name, text)
    if text.startswith("=") and value is None:
        return f"the {name} is a formula without a stored value: open the file in a spreadsheet, save it, and try again"
    if isinstance(value, bool):
        return f"the {name} is {str(value).upper()}, a truth value: enter it as text"
    if isinstance(value, date | time | timedelta) and not (name in MOMENTS and isinstance(value, date)):
        return f"the {name} is a date or a time, {value}: format the column as text and enter it again"
    if isinstance(value, int | float) and abs(value) >= EXACT:
        return f"the {name} is a number of more than 15 digits, of which the last are lost: enter it as text"
    return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return original(_CONTROL.sub(lambda code: chr(int(code[1], 16)), str(value)))


# -- the file ------------------------------------------------------------------------------------------------


def _open(file: BinaryIO, *, data_only: bool) -> Any:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise BadFile(
            "reading a workbook needs openpyxl, which is not installed: install '.[xlsx]' instead of '.'; "
            f"or {SAVE_AS_CSV}"
        ) from None
    with _faults_told():
        return load_workbook(file, read_only=True, data_only=data_only, keep_links=False)


@contextmanager
def _faults_told() -> Iterator[None]:
    """Turn what goes wrong in a file that is no proper workbook into a BadFile, and keep the library's warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _FAULTS:
        raise BadFile(f"it is not a workbook that can be read; {SAVE_AS_CSV}") from None


def _first_visible(book: Any) -> tuple[str, int]:
    """Return the first sheet that is not hidden, and how many others there are."""
    sheets = list(book.worksheets)
    visible = [sheet.title for sheet in sheets if sheet.sheet_state == "visible"]
    if not visible:
        raise BadFile("the workbook has no visible sheet")
    return visible[0], len(sheets) - 1


def _hidden_rows(file: BinaryIO, sheet: Any) -> frozenset[int]:
    """Return the numbers of the rows of a sheet that are hidden, which the library does not tell of row by row.

    ECMA-376, part 1, 18.3.1.73: the attributes `r` and `hidden` of `row`.
    """
    found, number = set[int](), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal number
        if name.rpartition(":")[2] == "row":
            number = int(attributes.get("r") or number + 1)
            if attributes.get("hidden") in ("1", "true"):
                found.add(number)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with _faults_told():
        path = str(sheet._worksheet_path)
        with zipfile.ZipFile(file) as parts, parts.open(path.lstrip("/")) as part:
            parser.ParseFile(part)
    return frozenset(found)


def _refuse_unfit(file: BinaryIO) -> None:
    """Raise BadFile when a file is no workbook, or when to unpack it would take too much."""
    head = file.read(4)
    file.seek(0)
    if head == OLD:
        raise BadFile("it is an old .xls workbook, or one with a password: save it as .xlsx without one")
    if head != ZIP:
        raise BadFile("it is not a workbook (.xlsx); if it is a CSV, add --format csv")
    with _faults_told():
        parts = zipfile.ZipFile(file)
        _refuse_large(parts.infolist())
        if "xl/workbook.xml" not in parts.namelist():
            raise BadFile(f"it is not an Excel workbook; save it as .xlsx, or {SAVE_AS_CSV}")
        for part in parts.namelist():
            if part.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.open(part).read(1024):
                raise BadFile(f"{part} in it defines entities, as no spreadsheet does; {SAVE_AS_CSV}")


def _refuse_large(parts: Sequence[zipfile.ZipInfo]) -> None:
    texts = sum(part.file_size for part in parts if "sharedstrings" in part.filename.casefold())
    if sum(part.file_size for part in parts) > MOST_BYTES or texts > MOST_TEXT or len(parts) > MOST_PARTS:
        raise BadFile(
            f"unpacked it is larger than {MOST_BYTES >> 20} MB, or has more than {MOST_TEXT >> 20} MB of text; "
            f"{SAVE_AS_CSV}"
        )
