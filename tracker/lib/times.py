"""Points in time and lengths of time, as whole microseconds.

A point in time is an integer of microseconds since 1970-01-01 UTC: it sorts, subtracts and stores the
same way everywhere. This module knows no clock; `now` is always passed in.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LATEST = 253_402_128_000 * SECOND
"""30 December 9999: the last day that can be written in every zone. People name that year when they mean never."""

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([smhd])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def duration(text: str) -> int:
    """Read `45s`, `5m`, `2h` or `1d` as microseconds; ValueError says what is expected."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a duration: write a number and a unit, like 45s, 5m, 2h or 1d")
    return round(float(found[1]) * _UNITS[found[2]])


def rfc3339(at: int) -> str:
    """Write a point in time as RFC 3339 in UTC with `Z`, to the millisecond."""
    second, rest = divmod(at, SECOND)
    return f"{_to_second(second)}.{rest // 1000:03d}Z"


@lru_cache(maxsize=4096)  # what happens to many orders happens in the same seconds
def _to_second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat().removesuffix("+00:00")


def read_rfc3339(text: str) -> int:
    """Read an RFC 3339 time, or a plain date, as UTC where no zone is named; ValueError when it is neither."""
    read = datetime.fromisoformat(text.strip())
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def at_wall(wall: datetime, zone: tzinfo | None) -> int:
    """Return when the clock on the wall of a zone shows a naive time; None is the machine's zone.

    One that the clock skips in spring is an hour later; of one that it shows twice, `fold` names the first (0) or the
    second (1).
    """
    # `astimezone` of a naive time would take one that is skipped for an hour earlier.
    if wall.year == MAXYEAR:
        zone = UTC  # an offset might lead out of the calendar
    shown = wall if zone is None else wall.replace(tzinfo=zone)
    return round(shown.timestamp() * SECOND)


def about(span: int) -> str:
    """Write a length of time as text for people: `40 s`, `5 min`, `7 h`, `3 d`."""
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if abs(span) >= 2 * unit:
            return f"{round(span / unit)} {word}"
    return f"{round(span / SECOND)} s"


def seconds(span: int) -> float:
    """Return a length of time in seconds, for what outside of tracker counts in them."""
    return span / SECOND
