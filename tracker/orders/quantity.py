"""Quantities and amounts as people write them, in digits of any script, with clear marks between thousands. Pure.

What fits two readings is refused, never guessed: 1.000 is a thousand in one country and one in another.
"""

from __future__ import annotations

import re
import unicodedata

LARGEST_QUANTITY = 10**12
"""A larger quantity is taken for a mistake."""

_SPACES = "\u00a0\u2007\u2009\u202f"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032\u066c"
_SAME = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys("\u061c\u200b\u200c\u200e\u200f\u2066\u2067\u2068\u2069\ufeff", ""),
    **{"\u060c": ",", "\uff0c": ",", "\uff0e": ".", "\u066b": "."},
}
"""Marks that say the same as an ASCII one; marks of direction say nothing. The Arabic thousands mark only parts."""

_WHOLE = re.compile(r"[0-9]+(?:\.0{1,2})?|[0-9]{4,},0{1,2}")
_GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?:([, '])[0-9]{3}(?:\1[0-9]{3})*(?:\.0{1,2})?|(?:\.[0-9]{3}){2,}(?:,0{1,2})?)"
)
_INDIAN = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.0{1,2})?")
_UNCLEAR = re.compile(r"[0-9]+\.[0-9]{3,}")
_AMOUNT = re.compile(
    r"(?:[1-9][0-9]{0,2}([, '])[0-9]{3}(?:\1[0-9]{3})*|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:\.[0-9]{1,2})?"
)
_UNCLEAR_AMOUNT = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_FRACTION = re.compile(r"[.,]0{1,2}$")


def read_quantity(text: str) -> int:
    """Read a whole number above 0; ValueError says what is wrong with it, and what to write."""
    written = "".join(_plain(char) for char in text).strip()
    if _UNCLEAR.fullmatch(written):
        whole = written.replace(".", "")
        raise ValueError(
            f"the quantity {text.strip()[:40]!r} is not clear: the point may stand before a fraction or between "
            f"thousands; write {whole[:20]}, if that is meant"
        )
    if not any(form.fullmatch(written) for form in (_WHOLE, _GROUPED, _INDIAN)):
        raise ValueError(f"the quantity {text[:40]!r} is not a whole number above 0, like 1000 or 1,000")
    digits = re.sub("[^0-9]", "", _FRACTION.sub("", written))
    if len(digits) > 40 or not 0 < int(digits) <= LARGEST_QUANTITY:
        raise ValueError(
            f"the quantity {text[:40]!r} is not a whole number above 0, and at most {LARGEST_QUANTITY:,}"
        )
    return int(digits)


def plain_amount(text: str) -> str:
    """Return an amount as a config writes it, with no mark between thousands; what is none comes back as it is.

    ValueError where a point may stand before a fraction or between thousands.
    """
    written = "".join(_plain(char) for char in text).strip()
    if _UNCLEAR_AMOUNT.fullmatch(written):
        whole, _, rest = written.partition(".")
        fraction = rest.rstrip("0")
        raise ValueError(
            f"it is not clear whether the point stands before a fraction or between thousands: write {whole}{rest} or "
            f"{whole}{f'.{fraction}' if fraction else ''}"
        )
    found = _AMOUNT.fullmatch(written)
    return re.sub("[, ']", "", written) if found else written


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return _SAME.get(char, char)
