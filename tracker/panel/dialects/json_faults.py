"""Says what breaks a text that should be JSON, and in which line and column. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

AROUND = 20
"""Characters that are shown before and after a fault."""

_MEANINGS = (
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing"),
    ("Expecting ':' delimiter", "a colon is missing after a key"),
    ("Expecting property name", "a key in double quotes is missing"),
    ("Illegal trailing comma", "nothing stands behind a comma"),
    ("Expecting value", "a value is missing, or is none of JSON"),
    ("Unterminated string", "a text that begins there never ends"),
    ("Invalid \\", "a backslash stands before what JSON does not allow"),
    ("Invalid control character", "a text holds a control character"),
    ("Extra data", "something follows behind its end"),
)
"""How Python's reader begins to say it, and what it means."""


class NoNumberError(ValueError):
    """NaN or an infinity, which Python's reader takes for numbers; JSON has none of them (RFC 8259, 6)."""


@dataclass(frozen=True, slots=True)
class Place:
    """How much of a text was read and forgotten: whole lines, and characters of the line after them."""

    lines: int = 0
    columns: int = 0

    def after(self, text: str) -> Place:
        """Return the place behind a further text."""
        breaks = text.count("\n")
        columns = len(text) - (text.rfind("\n") + 1)
        return Place(self.lines + breaks, columns if breaks else self.columns + columns)


START = Place()


@dataclass(frozen=True, slots=True)
class JsonFault:
    """What is wrong with a text that begins as JSON does; `around` are the characters there, for people."""

    what: str
    around: str = ""


def fault_in(error: Exception, forgotten: Place = START) -> JsonFault | None:
    """Return what reading a text has failed with; None where it is not known."""
    match error:
        case json.JSONDecodeError():
            return _broken(error, forgotten)
        case NoNumberError():
            return JsonFault(f"JSON with {error}, which is not a number")
        case RecursionError():
            return JsonFault("JSON that is nested too deep")
        case ArithmeticError() | ValueError():
            return JsonFault("JSON with a number that is too long")
    return None


def _broken(error: json.JSONDecodeError, forgotten: Place) -> JsonFault:
    column = error.colno + (forgotten.columns if error.lineno == 1 else 0)
    where = f"line {error.lineno + forgotten.lines}, column {column}"
    if not error.doc[error.pos :].strip():
        return JsonFault(f"JSON that is cut short: it ends in {where}", error.doc[-2 * AROUND :])
    meaning = next((said for known, said in _MEANINGS if error.msg.startswith(known)), "it cannot be read")
    around = error.doc[max(0, error.pos - AROUND) : error.pos + AROUND]
    return JsonFault(f"JSON that is broken in {where}: {meaning}", around)
