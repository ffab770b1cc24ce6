"""Points in time: what the clock on the wall shows, in the machine's own zone as in one that is named."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.zones import machine_in
from tracker.lib import moments, months, recurrence
from tracker.lib.times import at_wall, duration, read_rfc3339, rfc3339


@pytest.mark.parametrize(
    ("name", "shown", "meant"),
    [
        ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:30"),  # skipped: an hour later
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # shown twice: the first
        ("America/Havana", "2027-03-14T00:00", "2027-03-14T05:00"),  # a midnight that is skipped
        ("America/Havana", "2026-11-01T00:00", "2026-11-01T04:00"),  # one that is shown twice
    ],
)
def test_the_machines_zone_reads_a_clock_as_the_same_zone_named_does(
    name: str, shown: str, meant: str
) -> None:
    wall, now = datetime.fromisoformat(shown), read_rfc3339("2026-06-01")
    rule = f"{wall.minute} {wall.hour} {wall.day} {wall.month} *"

    with machine_in(name):
        for zone in (None, ZoneInfo(name)):
            at = at_wall(wall, zone)

            assert rfc3339(at)[:16] == meant
            assert moments.read_coming(shown, now, zone) == moments.read_since(shown, now, zone) == at
            assert recurrence.next_after(rule, now, 0, zone) == at
            if wall.hour == wall.minute == 0:
                assert months.start_of(date.fromisoformat(shown[:10]), zone) == at
                assert moments.day_begin(at, zone) == at


@pytest.mark.parametrize("text", ["9" * 400 + "d", "1." + "0" * 400 + "s", "1e3s", "-1s", "s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)
