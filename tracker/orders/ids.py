"""The ids that panels give to orders: opaque text, which may be a number. Pure.

An id is kept, compared and sent as the text that it is. Only two questions take it for a number: whether ids grow,
and which ids lie between two of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 100
"""The most characters of an id."""

_DIGITS = re.compile(r"[0-9]{1,100}")
_COUNTER = re.compile(r"[1-9][0-9]{0,17}")
_NO_ID = re.compile(r"0+|-[0-9]+|null|none|nil|nan|undefined|true|false", re.IGNORECASE)


def id_fault(text: str) -> str | None:
    """Say why a text cannot be an order's id; None when it can."""
    if not text or len(text) > LONGEST:
        return f"an id has 1 to {LONGEST} characters"
    if not text.isprintable() or any(char in " ,<>" or char.isspace() for char in text):
        return "an id holds no space, comma, angle bracket or control character"
    if any(char.isdigit() and not char.isascii() for char in text):
        return "an id is written with the digits 0 to 9"
    return "it is what panels write where there is no order" if _NO_ID.fullmatch(text) else None


def number_of(panel_order_id: str) -> int | None:
    """Return an id as a number, to see whether ids grow; None for an id that is not only digits."""
    return int(panel_order_id) if _DIGITS.fullmatch(panel_order_id) else None


def counter_of(panel_order_id: str | None) -> int | None:
    """Return an id as a number whose neighbours can be looked up; None for any other.

    With leading zeros its neighbours would be written in two ways, and one order could get two owners; a database
    holds no number of more than 63 bits.
    """
    return int(panel_order_id) if panel_order_id and _COUNTER.fullmatch(panel_order_id) else None


def highest(panel_order_ids: Iterable[str | None]) -> str | None:
    """Return the highest of these ids; None when none is a number."""
    numbered = ((number_of(one), one) for one in panel_order_ids if one is not None)
    return max(((number, one) for number, one in numbered if number is not None), default=(0, None))[1]


def is_above(panel_order_id: str, other: str) -> bool:
    """Tell whether an id may be newer than another one; ids that are not numbers cannot be compared, and may."""
    number, known = number_of(panel_order_id), number_of(other)
    return number is None or known is None or number > known
