"""Figures as panels write them: amounts of money and whole numbers, as JSON numbers or as text. Pure.

What is not certain is None, never a guess: a price, a charge or a limit that is read too small moves money. Numbers
are never floats, and never so large or so precise that a database or a sum would change them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache, partial
from typing import NamedTuple

from tracker.panel.dialects.currencies import CURRENCY
from tracker.panel.dialects.numbers import THOUSANDS_MARKS, Numbers

_LIMIT = 10**15
_LONGEST = 63
"""Characters of the longest text that may be a figure."""

_UNSEEN = "\u061c\u200b\u200c\u200e\u200f\u2066\u2067\u2068\u2069\ufeff"
"""Marks of direction and of nothing, which stand around figures among letters that run from right to left."""

_SAME = {
    **{written: ours for written, ours in THOUSANDS_MARKS.items() if written},
    **dict.fromkeys(_UNSEEN, ""),
    **dict.fromkeys("\u2012\u2212\ufe63\uff0d", "-"),
    **{"\u060c": ",", "\uff0c": ",", "\uff0e": "."},
}
"""Characters that say the same as one of those that are read here; digits of other scripts are in the Unicode data."""

_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?")
_SCIENTIFIC = re.compile(r"-?[0-9](?:\.[0-9]{1,20})?[eE][-+]?[0-9]{1,2}")
_NUMBER = r"(?P<number>[0-9.,'٫ ]*[0-9])"
_BARE = re.compile(rf"(?P<sign>-?) ?(?P<before>)(?P<inner>){_NUMBER}(?P<after>)")
_PRICED = re.compile(
    rf"(?P<sign>-?) ?(?P<before>{CURRENCY})? ?(?P<inner>-?) ?{_NUMBER} ?(?P<after>{CURRENCY})?", re.IGNORECASE
)

_FRACTION = r"(?P<point>{})(?P<fraction>[0-9]{{1,20}})"
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<mark>[.,' ])[0-9]{3}(?:(?P=mark)[0-9]{3}){0,4})"
    rf"(?:(?!(?P=mark)){_FRACTION.format('[.,٫]')})?"
)
_INDIAN = re.compile(
    rf"(?P<whole>[1-9][0-9]?(?P<mark>,)(?:[0-9]{{2}},){{1,5}}[0-9]{{3}})(?:{_FRACTION.format('[.]')})?"
)
"""Lakhs and crores: 12,34,567.50."""

_TOGETHER = re.compile(rf"(?P<whole>[0-9]{{0,15}})(?P<mark>)(?:{_FRACTION.format('[.,٫]')})?")


class _Written(NamedTuple):
    """The parts of a figure, before anyone decides what its marks mean."""

    sign: str
    #: Its digits without the marks between groups. Where the one mark is `is_open`, all of its digits.
    whole: str
    #: The mark that certainly stands before a fraction, and the fraction; both empty where there is none.
    point: str
    fraction: str
    #: The mark between groups of digits; empty where there is none.
    mark: str
    #: Whether the one mark may stand before a fraction as well as between thousands: 150.000, 1,234.
    is_open: bool
    #: Whether a currency stands beside it.
    has_currency: bool

    @property
    def proven_point(self) -> str:
        """The mark that the panel certainly writes before fractions; empty where this figure proves none."""
        if self.is_open:
            return ""
        return self.point or {".": ",", ",": "."}.get(self.mark, "")


class Figures:
    """Reads the figures of one dialect; every method takes a value of JSON."""

    __slots__ = ("_amount_in", "_count_in", "_numbers")

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        #: Many orders cost the same: the caches make this as fast as it is for digits alone.
        self._amount_in = lru_cache(maxsize=4096)(partial(_amount, numbers))
        self._count_in = lru_cache(maxsize=4096)(partial(_count, numbers))

    def amount(self, value: object) -> Decimal | None:
        """Read an amount of zero or more; None for anything else."""
        # As in `signed_amount`, without the cost of calling it: every status has a charge.
        read = self._amount_in(value) if type(value) is str and len(value) <= _LONGEST else _number(value)
        return read if read is not None and read >= 0 else None

    def signed_amount(self, value: object) -> Decimal | None:
        """Read an amount, also below zero: a number, or text with marks, a currency or digits of any script."""
        # A longer text is no figure, and should not stay in the cache.
        return self._amount_in(value) if type(value) is str and len(value) <= _LONGEST else _number(value)

    def count(self, value: object) -> int | None:
        """Read a whole number, also a negative one; None for anything else.

        Three digits behind a mark are thousands or unknown, never a fraction: 1.000 is never 1.
        """
        if type(value) is str:
            if len(value) < 16 and value.isascii() and value.isdigit():
                return int(value)
            return self._count_in(value) if len(value) <= _LONGEST else None
        if type(value) is int:
            return value if -_LIMIT < value < _LIMIT else None
        return _whole_number(value) if type(value) is Decimal else None

    def non_negative_int(self, value: object) -> int | None:
        """Read a whole number of zero or more; None for anything else."""
        if type(value) is str and len(value) < 16 and value.isascii() and value.isdigit():
            return int(value)
        read = self.count(value)
        return read if read is not None and read >= 0 else None

    def is_assumed(self, value: object) -> bool:
        """Tell whether an amount is read by a mark that is only assumed: another panel may mean another amount."""
        written = _written_amount(value)
        return not self._numbers.is_told and written is not None and written.is_open

    def cure(self, value: object) -> str:
        """Say what would make a figure readable that is not; empty when nothing is known to."""
        written = _written_amount(value)
        if written is None or not written.is_open:
            return ""
        other = {".": '{decimal: ",", thousands: "."}', ",": '{decimal: ".", thousands: ","}'}[written.mark]
        return f"if the mark in it stands between thousands, say `numbers: {other}` in the panel's dialect"


def point_in(value: object) -> str:
    """Return the mark that an amount proves to stand before fractions ("," for 0,90); empty when it proves none."""
    written = _written_amount(value)
    return "" if written is None else written.proven_point


def _written_amount(value: object) -> _Written | None:
    return _parts(value, _PRICED) if type(value) is str and len(value) <= _LONGEST else None


def _number(value: object) -> Decimal | None:
    """Read a number of JSON."""
    if type(value) is Decimal:
        return _sane(value)
    return Decimal(value) if type(value) is int and -_LIMIT < value < _LIMIT else None


def _amount(numbers: Numbers, text: str) -> Decimal | None:
    """Read an amount from text."""
    if numbers.decimal == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    written = _parts(text, _PRICED)
    if written is None:
        return _scientific(text)
    whole, fraction = written.whole, written.fraction
    if written.is_open and written.mark != numbers.thousands:
        # With a currency it is written for people: "Rp 1.500" is no 1.5, whatever other panels of the family write.
        if written.mark != numbers.decimal or (written.has_currency and not numbers.is_told):
            return None
        whole, fraction = whole[:-3], whole[-3:]
    number = f"{whole or '0'}.{fraction}" if fraction else whole
    return _sane(Decimal(written.sign + number))


def _count(numbers: Numbers, text: str) -> int | None:
    """Read a whole number from text that is more than digits."""
    written = _parts(text, _BARE)
    if written is None:
        return _whole(_scientific(text))
    whole = int(f"{written.sign}{written.whole or '0'}")
    if written.is_open:
        # Behind an assumed decimal mark, digits that are not all zero leave one reading that is a whole number.
        is_whole = (
            written.mark == numbers.decimal and not numbers.is_told and not written.whole.endswith("000")
        )
        return whole if written.mark == numbers.thousands or is_whole else None
    return whole if not written.point or _is_zero_fraction(written) else None


def _is_zero_fraction(written: _Written) -> bool:
    """Tell whether a fraction is certainly nothing: three zeros may be a group of digits, and four in Chinese."""
    if written.fraction.strip("0") or not written.whole:
        return False
    length = len(written.fraction)
    return not written.whole.strip("0") or length < 3 or (length > 3 and written.point == ".")


def _parts(text: str, frame: re.Pattern[str]) -> _Written | None:
    """Take a written figure apart; None for what is none."""
    framed = frame.fullmatch(_simplified(text))
    if framed is None or (framed["sign"] and framed["inner"]):
        return None
    number = framed["number"]
    found = _GROUPED.fullmatch(number) or _INDIAN.fullmatch(number) or _TOGETHER.fullmatch(number)
    if found is None:
        return None
    mark, point = found["mark"], found["point"] or ""
    return _Written(
        sign=framed["sign"] or framed["inner"],
        whole=found["whole"].replace(mark, "") if mark else found["whole"],
        point=point,
        fraction=found["fraction"] or "",
        mark=mark,
        is_open=mark in (".", ",") and not point and found["whole"].count(mark) == 1,
        has_currency=bool(framed["before"] or framed["after"]),
    )


def _simplified(text: str) -> str:
    """Write a figure with the digits and marks of ASCII, where they say the same."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii() or "`" in text:
        text = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else _SAME.get(char, char) for char in text
        )
    return text.strip()


def _scientific(text: str) -> Decimal | None:
    text = text.strip()
    return _sane(Decimal(text)) if _SCIENTIFIC.fullmatch(text) else None


def _whole_number(value: Decimal) -> int | None:
    """Read a number of JSON as a count: 1.000 is one, or a thousand that somebody wrote without quotes."""
    return None if value and value.as_tuple().exponent == -3 else _whole(_sane(value))


def _whole(value: Decimal | None) -> int | None:
    return int(value) if value is not None and value == value.to_integral_value() else None


def _sane(value: Decimal) -> Decimal | None:
    if not value.is_finite() or value.adjusted() >= 15 or value.adjusted() < -20:
        return None
    return value if len(value.as_tuple().digits) <= 36 else None
