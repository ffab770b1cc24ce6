"""Points in time as people read and write them: in the local zone, as short as is clear."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, duration, seconds

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {
    "second": SECOND,
    "minute": MINUTE,
    "min": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "w": 7 * DAY,
}
_SPAN = re.compile(r"(\d+)\s*([a-z]+?)s?(?: ago)?")


def short(at: int, now: int) -> str:
    """Write a point in time: `14:05` for today, `Mon 14:05` within a week, else `12 Mar`, or `12 Mar 2025`."""
    then, today = _local(at), _local(now)
    days = abs((today.date() - then.date()).days)
    if days == 0:
        return f"{then:%H:%M}"
    if days < 7:
        return f"{then:%a %H:%M}"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"


def exact(at: int, now: int) -> str:
    """Write a point in time to the second: `14:05:09` for today, else with its day."""
    then, today = _local(at), _local(now)
    if then.date() == today.date():
        return f"{then:%H:%M:%S}"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then.day} {then:%b}{year} {then:%H:%M:%S}"


def read_since(text: str, now: int) -> int:
    """Read `yesterday`, `monday`, `2h`, `3 days ago`, a date or a time, which are local where no zone is named.

    ValueError when it is none of these.
    """
    words = " ".join(text.lower().split()).removeprefix("since ")
    for read in (_named_day, _time_of_day, _span):
        found = read(words, now)
        if found is not None:
            return found
    return _microseconds(datetime.fromisoformat(text.strip()).astimezone())


def _named_day(words: str, now: int) -> int | None:
    back = {"today": 0, "yesterday": 1}.get(words)
    name = words.removeprefix("last ")
    matching = [day for day in WEEKDAYS if name in (day, day[:3])]
    if matching:
        back = (_local(now).weekday() - WEEKDAYS.index(matching[0])) % 7
        back = back or (7 if words.startswith("last ") else 0)
    if words in ("last week", "last day", "last hour"):
        return now - _UNITS[words.removeprefix("last ")]
    if back is None:
        return None
    return _microseconds(datetime.combine(_local(now).date() - timedelta(days=back), time()).astimezone())


def _time_of_day(words: str, now: int) -> int | None:
    """Read `14:05` as the newest moment at which the clock showed that."""
    found = re.fullmatch(r"(yesterday )?(\d{1,2}):(\d{2})", words)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    at = datetime.combine(_local(now).date(), time(int(found[2]), int(found[3])))
    back = 1 if found[1] or at > _local(now).replace(tzinfo=None) else 0
    return _microseconds((at - timedelta(days=back)).astimezone())


def _span(words: str, now: int) -> int | None:
    try:
        return now - duration(words)
    except ValueError:
        pass
    found = _SPAN.fullmatch(words)
    unit = (
        _UNITS.get(found[2]) or {"h": HOUR, "d": DAY, "m": MINUTE, "s": SECOND}.get(found[2])
        if found
        else None
    )
    return now - int(found[1]) * unit if found and unit else None


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(seconds(at)).astimezone()


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * SECOND)
