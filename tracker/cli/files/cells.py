"""Cells as spreadsheets write and mangle them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet runs as a formula (some take wide signs for the others), or that
`without_formula` has made of one."""

_BEGINS = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""The signs with which `_FORMULA` begins: to look at one is quicker."""


def without_formula(cell: str) -> str:
    """Write a cell so that no spreadsheet runs it: with a `'` before it, which reading takes away again."""
    if cell[:1] not in _BEGINS:
        return cell
    return f"'{cell}" if _FORMULA.match(cell) else cell


def original(cell: str) -> str:
    """Return a cell as it was before `without_formula`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_line(values: Iterable[object]) -> str:
    """Write a row of CSV that no spreadsheet runs and that is read back the same."""
    return csv_rows([[without_formula(value) if isinstance(value, str) else value for value in values]])


class _Lines(list[str]):
    """A file of which each line is kept."""

    write = list[str].append


def csv_rows(rows: Iterable[Iterable[object]]) -> str:
    """Write rows of cells, of which none is a formula, as lines of CSV."""
    lines = _Lines()
    # The writer quotes what holds a character of its line end, and a lone \r would end a row too.
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return "".join([f"{line[:-2]}\n" for line in lines])


# -- what a spreadsheet has made of a value -----------------------------------------------------------------

_RUN = re.compile(r'=\s*[-+]?(?:[\w.]+\(|\$?[A-Za-z]{1,3}\$?[0-9]|["0-9(])')
"""How a formula goes on behind its sign; a comment may begin with one too, like `=)`."""

_ERRORS = {
    *(
        "#REF!",
        "#N/A",
        "#NAME?",
        "#VALUE!",
        "#DIV/0!",
        "#NULL!",
        "#NUM!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BUSY!",
    ),
    *("#ERROR!", "#GETTING_DATA"),
}
_ERROR = re.compile(r"#[^\W\d_a-z][^\Wa-z_]*(?:/[^\Wa-z_]+)?[!?]|#{2,}|Err:[0-9]{3}")
"""An error in another language (#BEZUG!), a column that was too narrow, or LibreOffice's own."""

_SHORTENED = re.compile(r"[-+]?[0-9](?:[.,][0-9]+)?E[-+][0-9]{1,3}")

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"[0-9]{{1,2}}[-. /]{_MONTH}(?:[-. /][0-9]{{2,4}})?|{_MONTH}[-. /][0-9]{{2,4}}"
    r"|(?:[0-9]{4}([-./])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/])[0-9]{1,2}\2[0-9]{2,4}"
    r"|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4})(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?",
    re.IGNORECASE,
)
_NUMBERS = frozenset({"service", "quantity", "panel_order_id"})
"""Columns in which nobody writes a date."""


def formula_fault(name: str, cell: str) -> str | None:
    """Say that a cell of a column is a formula, where a value should be; None when it is none."""
    if not cell.startswith("=") or (name == "comments" and not _RUN.match(cell)):
        return None
    return (
        f"the {name} is a formula of a spreadsheet, {_short(cell)}: put its value in the cell instead (copy it, then "
        "Paste special > Values)"
    )


def mangled(name: str, cell: str) -> str | None:
    """Say what a spreadsheet has made of a value of a column; None when it is as it was entered."""
    text = cell.strip()
    if text in _ERRORS or (name != "comments" and _ERROR.fullmatch(text)):
        return f"the {name} is an error of a spreadsheet, {_short(text)}: put the value itself in the cell"
    if _SHORTENED.fullmatch(text):
        return (
            f"the {name} was shortened by a spreadsheet to {_short(text)}, so its digits are lost: format the column "
            "as text, enter it again and save"
        )
    if name in _NUMBERS and _DATE.fullmatch(text):
        return (
            f"the {name} was made a date by a spreadsheet, {_short(text)}: format the column as text, enter it again "
            "and save"
        )
    return None


def is_marked(name: str, cell: str) -> bool:
    """Tell whether a spreadsheet has mangled a value of a column, or it was made harmless for one."""
    return original(cell) != cell or bool(formula_fault(name, cell) or mangled(name, cell))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
