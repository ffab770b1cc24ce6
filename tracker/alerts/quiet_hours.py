"""Quiet hours: when a target gets only what is urgent. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_WRITTEN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s+(\S+)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of each day, in one time zone; they may cross midnight."""

    begin: time
    end: time
    zone: tzinfo

    def until(self, now: int) -> int | None:
        """Return when the quiet hours that contain `now` (microseconds since 1970 UTC) end; None outside them."""
        local = datetime.fromtimestamp(now // 1_000_000, UTC).astimezone(self.zone)
        clock = local.time()
        past_midnight = self.end <= self.begin
        if past_midnight and clock >= self.begin:
            return self._at(local + timedelta(days=1))
        if clock < self.end and (past_midnight or clock >= self.begin):
            return self._at(local)
        return None

    def _at(self, day: datetime) -> int:
        end = datetime.combine(day.date(), self.end, self.zone).replace(fold=day.fold)
        return int(end.timestamp()) * 1_000_000


def read_quiet_hours(text: str) -> QuietHours:
    """Read `22:00-07:00 Europe/Berlin`; ValueError says what to write instead."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("write two times and a time zone, like 22:00-07:00 Europe/Berlin")
    try:
        begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError("a time of day is 00:00 to 23:59") from None
    if begin == end:
        raise ValueError("the two times are the same; to get no alerts at all, remove the target")
    return QuietHours(begin, end, read_zone(found[5]))


def read_zone(name: str) -> tzinfo:
    """Read `Europe/Berlin`; ValueError says what to write instead."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # reads the machine's settings when it is imported

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "this machine knows no such time zone; write one like Europe/Berlin, Asia/Tehran or UTC, "
            "and install the system's tzdata if the name is correct"
        ) from None
