"""When something recurs: cron words, whose calendar is APScheduler's, or a length of time.

Cron words are read in a zone, by the clock on the wall. A time that the clock skips in spring comes once, an hour
later; one that it shows twice in autumn comes the first time only, unless the rule names no hour: then it comes each
hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, at_wall, duration

_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 jan *",
}
_SHIFT = timedelta(hours=2)
"""More than any clock is set by in spring or autumn."""

_LONGEST = 36_500 * DAY

_SPANS = (10 * MINUTE, HOUR, DAY, 8 * DAY, 32 * DAY, 367 * DAY, 5 * 366 * DAY)
"""How far back the newest time is looked for, step by step: a rule may fire each minute or once in four years."""

_END = datetime(2200, 1, 1, tzinfo=UTC)
"""Nothing comes after it: a day that there is not is looked for until then."""

WANTED = 'write five cron words like "0 9 * * mon-fri" (minute, hour, day, month, weekday), or a length of time like 1d'


def read_every(text: str) -> str:
    """Return a rule as it is kept; ValueError says what is wrong with it."""
    rule = " ".join(text.lower().split())
    rule = _NICKNAMES.get(rule, rule)
    span = _span(rule)
    if span is None:
        _trigger(rule)
        if next(_walls(rule, datetime(2024, 1, 1, tzinfo=UTC)), None) is None:
            raise ValueError("it never comes: there is no such day")
    elif span < MINUTE:
        raise ValueError("the shortest is 1m")
    elif span > _LONGEST:
        raise ValueError("the longest is 36500d")
    return rule


def next_after(rule: str, at: int, anchor: int, zone: tzinfo | None) -> int | None:
    """Return when a rule comes next, after a time; None: never more. Lengths of time are counted from `anchor`."""
    span = _span(rule)
    if span is not None:
        return anchor + ((at - anchor) // span + 1) * span
    return next(_times(rule, at, zone), None)


def newest(rule: str, after: int, now: int, zone: tzinfo | None) -> int | None:
    """Return the newest time at which a rule came, after one and up to now, however many there were; None: none."""
    span = _span(rule)
    if span is not None:
        at = after + max(0, now - after) // span * span
        return at if at > after else None
    for back in _SPANS:
        start = max(after, now - back)
        if found := _last(rule, start, now, zone):
            return found
        if start == after:
            break
    return None


def _last(rule: str, start: int, now: int, zone: tzinfo | None) -> int | None:
    found, at = None, next(_times(rule, start, zone), None)
    while at is not None and at <= now:
        found, at = at, next(_times(rule, at, zone), None)
    return found


def _times(rule: str, after: int, zone: tzinfo | None) -> Iterator[int]:
    """Yield the next time after one, if there is any."""
    start = datetime.fromtimestamp(after // SECOND, UTC).astimezone(zone).replace(tzinfo=None) - _SHIFT
    is_hourly = rule.split()[1] == "*"
    best: int | None = None
    until: datetime | None = None
    for wall in _walls(rule, start):
        if until is not None and wall > until:
            break
        for at in _moments(wall, zone, both=is_hourly):
            if at > after:
                best = at if best is None else min(best, at)
                until = until or wall + _SHIFT
    if best is not None:
        yield best


def _moments(wall: datetime, zone: tzinfo | None, *, both: bool) -> set[int]:
    """Return when the clock shows this: twice in the hour that autumn repeats."""
    folds = (0, 1) if both else (0,)
    shown = (wall.replace(fold=fold) for fold in folds)
    return {at_wall(one, zone) for one in shown}


def _walls(rule: str, start: datetime) -> Iterator[datetime]:
    """Yield what the clock on the wall shows when a rule comes."""
    trigger, at = _trigger(rule), start.replace(tzinfo=UTC)
    while (found := trigger.get_next_fire_time(None, at)) is not None:
        yield found.replace(tzinfo=None)
        at = found + timedelta(seconds=1)


def _span(rule: str) -> int | None:
    try:
        return duration(rule)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _trigger(rule: str) -> Any:
    # Here, because few configs have a rule, and to import it takes longer than a short command.
    from apscheduler.triggers.cron import CronTrigger

    words = rule.split()
    if len(words) != len(_FIELDS):
        raise ValueError(WANTED)
    values = dict(zip(_FIELDS, words, strict=True))
    if "*" not in (values["day"][0], values["day_of_week"][0]):
        raise ValueError(
            "it names days of the month and weekdays, which programs read in different ways: write two rules"
        )
    values["day_of_week"] = _weekdays(values["day_of_week"])
    for name, word in values.items():
        try:
            CronTrigger(**{name: word}, timezone=UTC)
        except ValueError:
            raise ValueError(f"{word!r} is no {name}; {WANTED}") from None
    return CronTrigger(**values, timezone=UTC, end_date=_END)


def _weekdays(word: str) -> str:
    """Write weekdays by their names: APScheduler counts them from Monday, and cron from Sunday."""
    return ",".join(dict.fromkeys(day for part in word.split(",") for day in _weekdays_of(part)))


def _weekdays_of(part: str) -> list[str]:
    days, _, step = part.partition("/")
    begin, hyphen, end = ("0", "-", "6") if days == "*" else days.partition("-")
    first = _weekday(begin)
    last = _weekday(end) if hyphen else (6 if step else first)
    if step and not (step.isdecimal() and int(step)):
        raise ValueError(WANTED)
    count = (last - first) % 7 + 1 if days != "0-7" else 7
    return [_WEEKDAYS[(first + ahead) % 7] for ahead in range(0, count, int(step or 1))]


def _weekday(text: str) -> int:
    if text in _WEEKDAYS:
        return _WEEKDAYS.index(text)
    if text.isdecimal() and int(text) <= 7:
        return int(text) % 7
    raise ValueError(f"{text!r} is no weekday: write mon, tue, wed, thu, fri, sat, sun")
