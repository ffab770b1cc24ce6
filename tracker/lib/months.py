"""Calendar months and days in a time zone; None is the machine's own. Pure but for that zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tracker.lib.times import at_wall

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_month(text: str) -> date:
    """Read `2026-11` as the first day of that month; ValueError when it is none."""
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no month: write it like 2026-11")
    if int(found[1]) < _EPOCH.year:
        raise ValueError(f"{text!r} is too long ago")
    try:
        return date(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise ValueError(f"{text!r} is no month: there are 01 to 12") from None


def month_of(at: int, zone: tzinfo | None) -> date:
    """Return the first day of the month that a time (microseconds) is in."""
    return day_of(at, zone).replace(day=1)


def day_of(at: int, zone: tzinfo | None) -> date:
    """Return the day that a time is in."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone).date()


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def start_of(day: date, zone: tzinfo | None) -> int:
    """Return when a day begins, in microseconds."""
    return at_wall(datetime.combine(day, time()), zone)


def span_of(month: date, zone: tzinfo | None) -> tuple[int, int]:
    """Return when a month begins, and when the next one does."""
    return start_of(month, zone), start_of(next_month(month), zone)


def written(month: date) -> str:
    """Write a month as `read_month` reads it."""
    return f"{month:%Y-%m}"
