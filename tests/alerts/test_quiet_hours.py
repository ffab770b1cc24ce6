from __future__ import annotations

import pytest

from tracker.alerts.quiet_hours import read_quiet_hours
from tracker.lib.times import read_rfc3339, rfc3339


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-07:00 UTC", "2026-11-24T21:59:59Z", None),
        ("22:00-07:00 UTC", "2026-11-24T22:00:00Z", "2026-11-25T07:00:00.000Z"),
        ("22:00-07:00 UTC", "2026-11-25T06:59:59Z", "2026-11-25T07:00:00.000Z"),
        ("22:00-07:00 UTC", "2026-11-25T07:00:00Z", None),
        ("12:00-13:30 UTC", "2026-11-25T12:10:00Z", "2026-11-25T13:30:00.000Z"),
        ("12:00-13:30 UTC", "2026-11-25T11:59:00Z", None),
        ("22:00-07:00 Asia/Tehran", "2026-11-24T18:30:00Z", "2026-11-25T03:30:00.000Z"),
        ("22:00-07:00 Asia/Tehran", "2026-11-24T18:29:00Z", None),
        # The clocks of Berlin go back in the night of 25 October 2026, and forward in that of 28 March 2027.
        ("22:00-07:00 Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-25T06:00:00.000Z"),
        ("22:00-07:00 Europe/Berlin", "2027-03-27T22:00:00Z", "2027-03-28T05:00:00.000Z"),
        # They show 02:15 twice.
        ("22:00-02:30 Europe/Berlin", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00.000Z"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T01:15:00Z", "2026-10-25T01:30:00.000Z"),
    ],
)
def test_quiet_hours_end_by_the_clock_of_their_time_zone(hours: str, now: str, until: str | None) -> None:
    found = read_quiet_hours(hours).until(read_rfc3339(now))

    assert (None if found is None else rfc3339(found)) == until


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("22:00-07:00", "a time zone"),
        ("at night", "22:00-07:00 Europe/Berlin"),
        ("25:00-07:00 UTC", "00:00 to 23:59"),
        ("22:00-22:00 UTC", "the same"),
        ("22:00-07:00 Europe/Berln", "no such time zone"),
        ("22:00-07:00 ../../etc/passwd", "no such time zone"),
    ],
)
def test_hours_that_cannot_be_read_say_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_quiet_hours(text)
