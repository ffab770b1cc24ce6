"""Reads the headers of an answer. Pure: a date is compared only with the answer's own `Date`, never with a clock."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tracker.lib.times import DAY, SECOND

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_DATE = re.compile(r"[A-Za-z]{3,9}, ([0-9]{2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)

LONGEST_WAIT = DAY
"""The longest wait that is obeyed, in microseconds: one absurd header must not stop all work."""


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header's value, whatever the case of its name; `name` is lower case."""
    if name in headers:
        return headers[name]
    return next((value for key, value in headers.items() if key.lower() == name), None)


def charset(headers: Mapping[str, str]) -> str | None:
    """Return the character set that the answer claims for its body."""
    return _charset_in(header(headers, "content-type") or "")


@functools.lru_cache(64)
def _charset_in(content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    return found[1].lower() if found else None


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return how long the sender asks us to wait, in microseconds; None when it does not say, or not readably.

    A date counts from the answer's own `Date`; without one it is ignored, as clocks differ.
    """
    text = (header(headers, "retry-after") or "").strip()
    if _SECONDS.fullmatch(text):
        return min(round(float(text) * SECOND), LONGEST_WAIT)
    until, sent_at = _date(text), _date((header(headers, "date") or "").strip())
    if until is None or sent_at is None:
        return None
    return min(max((until - sent_at) // timedelta(microseconds=1), 0), LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS.index(found[2].lower()) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
