"""Points in time as people read and write them: in their zone, as short as is clear. None is the machine's zone."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tracker.lib.times import DAY, HOUR, LATEST, MINUTE, SECOND, at_wall, duration, seconds

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
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(\d{1,2}:\d{2}(?::\d{2})?)"
_DATE_WORDS = rf"(\d{{1,2}}) ([a-z]{{3}})[a-z]*(?: (\d{{4}}))?(?: {_CLOCK})?"
_LEAP_GAP = 8
"""Years: the longest from one 29 February to the next, as around 2100."""
_SPAN = re.compile(r"(\d+)\s*([a-z]+?)s?(?: ago)?")


def short(at: int, now: int, zone: tzinfo | None = None) -> str:
    """Write a point in time: `14:05` for today, `Mon 14:05` within a week, else `12 Mar`, or `12 Mar 2025`."""
    then, today = _local(at, zone), _local(now, zone)
    days = abs((today.date() - then.date()).days)
    if days == 0:
        return f"{then:%H:%M}"
    if days < 7:
        return f"{then:%a %H:%M}"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"


def exact(at: int, now: int, zone: tzinfo | None = None) -> str:
    """Write a point in time to the second: `14:05:09` for today, else with its day."""
    then, today = _local(at, zone), _local(now, zone)
    if then.date() == today.date():
        return f"{then:%H:%M:%S}"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then.day} {then:%b}{year} {then:%H:%M:%S}"


def minute(at: int, zone: tzinfo | None = None) -> str:
    """Write a point in time to the minute, with its day and year: `12 Mar 2025 14:05`."""
    then = _local(at, zone)
    return f"{then.day} {then:%b %Y %H:%M}"


def between(begin: int, end: int, zone: tzinfo | None = None) -> str:
    """Write a stretch of time to the minute, with its day once where it is one."""
    day, _, clock = minute(end, zone).rpartition(" ")
    first = minute(begin, zone)
    return f"{first} to {clock if first.startswith(f'{day} ') else f'{day} {clock}'}"


def day_begin(at: int, zone: tzinfo | None = None) -> int:
    """Return when the day of a point in time began."""
    return _midnight(_local(at, zone).date(), zone)


def month_begin(at: int, zone: tzinfo | None = None) -> int:
    """Return when the month of a point in time began."""
    return _midnight(_local(at, zone).date().replace(day=1), zone)


def _midnight(day: date, zone: tzinfo | None) -> int:
    return at_wall(datetime.combine(day, time()), zone)


def read_since(text: str, now: int, zone: tzinfo | None = None) -> int:
    """Read `yesterday`, `monday`, `2h`, `3 days ago`, a date or a time, which are of `zone` where they name none.

    What `short` and `exact` write is read too: people copy it. ValueError when it is none of these.
    """
    words = _western(" ".join(text.lower().split())).removeprefix("since ")
    for read in (_named_day, _time_of_day, _day_of_month, _past_span):
        found = read(words, now, zone)
        if found is not None:
            return found
    return _date_in_numbers(words, zone)


def read_coming(text: str, now: int, zone: tzinfo | None = None) -> int:
    """Read `tomorrow 9:00`, `monday`, `18:00`, `2h`, `24 dec 9:00`, a date or a time: the next such moment.

    They are of `zone` where they name none. A moment that a clock skips in spring is an hour later, and of one that it
    shows twice in autumn the first is meant. Nothing is earlier than 1970 or later than `LATEST`. ValueError
    when it is none of these.
    """
    return min(max(0, _coming(text, now, zone)), LATEST)


def _coming(text: str, now: int, zone: tzinfo | None) -> int:
    words = _western(" ".join(text.lower().split())).removeprefix("in ").removeprefix("next ")
    for read in (_coming_day, _coming_date, _coming_span):
        found = read(words, now, zone)
        if found is not None:
            return found
    return _date_in_numbers(words, zone)


def _date_in_numbers(words: str, zone: tzinfo | None) -> int:
    numbers = re.sub(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", words)
    at = datetime.fromisoformat(numbers.upper())
    return round(at.timestamp() * SECOND) if at.tzinfo else at_wall(at, zone)


def _coming_day(words: str, now: int, zone: tzinfo | None) -> int | None:
    """Read `18:00`, `tomorrow`, `monday 9:00`: a day without a time means its beginning."""
    found = re.fullmatch(rf"(?:([a-z]+)(?: at)?)? ?{_CLOCK}?", words)
    if found is None or not words:
        return None
    today = _local(now, zone).replace(tzinfo=None)
    day, clock = found[1], _clock(found[2] or "0:00")
    ahead = {None: 0, "today": 0, "tomorrow": 1}.get(day)
    weekday = next((number for number, one in enumerate(WEEKDAYS) if day in (one, one[:3])), None)
    if weekday is not None:
        ahead = (weekday - today.weekday()) % 7
    if ahead is None:
        return None
    at = datetime.combine(today.date() + timedelta(days=ahead), clock)
    if at <= today and day not in ("today", "tomorrow"):
        at += timedelta(days=1 if day is None else 7)
    return at_wall(at, zone)


def _coming_date(words: str, now: int, zone: tzinfo | None) -> int | None:
    found = re.fullmatch(_DATE_WORDS, words)
    if found is None or found[2] not in _MONTHS:
        return None
    today = _local(now, zone).replace(tzinfo=None)
    years = [int(found[3])] if found[3] else range(today.year, today.year + _LEAP_GAP + 1)
    return at_wall(next(at for at in _dates(found, years) if found[3] or at > today), zone)


def _coming_span(words: str, now: int, _: tzinfo | None) -> int | None:
    before = None if words.endswith(" ago") else _span(words, now)
    return None if before is None else 2 * now - before


def _western(text: str) -> str:
    """Write the digits of other scripts as those that Python's dates are read from."""
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)


def _named_day(words: str, now: int, zone: tzinfo | None) -> int | None:
    back = {"today": 0, "yesterday": 1}.get(words)
    name = words.removeprefix("last ")
    matching = [day for day in WEEKDAYS if name in (day, day[:3])]
    if matching:
        back = (_local(now, zone).weekday() - WEEKDAYS.index(matching[0])) % 7
        back = back or (7 if words.startswith("last ") else 0)
    if words in ("last week", "last day", "last hour"):
        return now - _UNITS[words.removeprefix("last ")]
    if back is None:
        return None
    return _midnight(_local(now, zone).date() - timedelta(days=back), zone)


def _time_of_day(words: str, now: int, zone: tzinfo | None) -> int | None:
    """Read `14:05` as the newest moment at which the clock showed that."""
    found = re.fullmatch(rf"(?:([a-z ]+) )?{_CLOCK}", words)
    if found is None:
        return None
    today = _local(now, zone).replace(tzinfo=None)
    at = datetime.combine(today.date(), _clock(found[2]))
    if found[1] is None:
        return at_wall(at - timedelta(days=1 if at > today else 0), zone)
    day = _named_day(found[1], now, zone)
    if day is None:
        return None
    return at_wall(datetime.combine(_local(day, zone).date(), at.time()), zone)


def _day_of_month(words: str, now: int, zone: tzinfo | None) -> int | None:
    """Read `12 mar`, `12 mar 2025` and `12 mar 14:05:09`, as the newest such day where no year is named."""
    found = re.fullmatch(_DATE_WORDS, words)
    if found is None or found[2] not in _MONTHS:
        return None
    today = _local(now, zone).replace(tzinfo=None)
    years = [int(found[3])] if found[3] else range(today.year, today.year - _LEAP_GAP - 1, -1)
    return at_wall(next(at for at in _dates(found, years) if found[3] or at <= today), zone)


def _dates(found: re.Match[str], years: Iterable[int]) -> Iterator[datetime]:
    """Yield a day of a month in those of these years that have it; ValueError when none has."""
    clock, month, day = _clock(found[4] or "0:00"), _MONTHS.index(found[2]) + 1, int(found[1])
    for year in years:
        if day <= monthrange(year, month)[1]:
            yield datetime.combine(date(year, month, day), clock)
    raise ValueError(f"there is no such day: {found[0]!r}")


def _past_span(words: str, now: int, _: tzinfo | None) -> int | None:
    return _span(words, now)


def _clock(text: str) -> time:
    hour, minute, second = (int(part) for part in f"{text}:00".split(":")[:3])
    return time(hour, minute, second)


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


def _local(at: int, zone: tzinfo | None = None) -> datetime:
    return datetime.fromtimestamp(seconds(at), UTC).astimezone(zone)
