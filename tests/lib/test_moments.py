"""Moments to come, as people write them: in their zone, right across daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.zones import machine_in
from tracker.lib.moments import between, exact, read_coming, read_since
from tracker.lib.times import DAY, MINUTE, SECOND, read_rfc3339, rfc3339

FRIDAY = round(datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()) * SECOND
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2h", "2026-11-27T14:00"), ("in 3 days", "2026-11-30T12:00"), ("tomorrow", "2026-11-27T23:00"),
        ("tomorrow 9:00", "2026-11-28T08:00"), ("tomorrow at 9:00", "2026-11-28T08:00"), ("9:00", "2026-11-28T08:00"),
        ("18:00", "2026-11-27T17:00"), ("friday", "2026-12-03T23:00"), ("fri 18:00", "2026-11-27T17:00"),
        ("next monday 9:00", "2026-11-30T08:00"), ("24 dec 9:00", "2026-12-24T08:00"), ("3 mar", "2027-03-02T23:00"),
        ("3 march 2028", "2028-03-02T23:00"), ("2026-12-24", "2026-12-23T23:00"), ("2026/12/24 09:00", "2026-12-24T08:00"),
        ("2026-12-24T09:00:00Z", "2026-12-24T09:00"), ("2026-12-24T09:00+03:00", "2026-12-24T06:00"),
        ("۲۰۲۶-۱۲-۲۴", "2026-12-23T23:00"), ("today 9:00", "2026-11-27T08:00"),
    ],
)  # fmt: skip
def test_a_moment_to_come_is_read_in_its_zone(text: str, meant: str) -> None:
    assert rfc3339(read_coming(text, FRIDAY, BERLIN))[:16] == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2h", "2026-11-27T10:00"), ("yesterday", "2026-11-25T23:00"), ("today", "2026-11-26T23:00"),
        ("12:30", "2026-11-27T11:30"), ("23:30", "2026-11-26T22:30"), ("monday", "2026-11-22T23:00"),
        ("mon 9:00", "2026-11-23T08:00"), ("3 mar", "2026-03-02T23:00"), ("28 nov", "2025-11-27T23:00"),
        ("2026-07-01 09:00", "2026-07-01T07:00"), ("2026-07-01T09:00Z", "2026-07-01T09:00"),
    ],
)  # fmt: skip
def test_a_moment_of_the_past_is_read_in_its_zone(text: str, meant: str) -> None:
    assert rfc3339(read_since(text, FRIDAY, BERLIN))[:16] == meant


def test_a_stretch_of_time_names_its_day_once() -> None:
    assert between(FRIDAY, FRIDAY + 90 * MINUTE, BERLIN) == "27 Nov 2026 13:00 to 14:30"
    assert between(FRIDAY - 5 * DAY, FRIDAY, BERLIN) == "22 Nov 2026 13:00 to 27 Nov 2026 13:00"


def test_a_moment_that_the_clock_skips_or_repeats_is_read_all_the_same() -> None:
    assert rfc3339(read_coming("2026-03-29 02:30", FRIDAY, BERLIN))[:16] == "2026-03-29T01:30"
    assert rfc3339(read_coming("2026-10-25 02:30", FRIDAY, BERLIN))[:16] == "2026-10-25T00:30"


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31",
        "9999-12-31 23:59",
        "9999-12-31T23:59:59-23:59",
        "31 dec 9999 23:59",
        "99999999999h",
        "3000000d",
    ],
)
def test_a_moment_that_means_never_can_be_written_in_every_zone(text: str, zone: str) -> None:
    with machine_in(zone):
        for named in (None, ZoneInfo(zone)):
            at = read_coming(text, FRIDAY, named)

            assert rfc3339(at).startswith("9999-12-")
            assert exact(at, FRIDAY, named).startswith(("29 Dec 9999", "30 Dec 9999"))


@pytest.mark.parametrize(
    ("now", "coming", "past"),
    [
        ("2026-11-27", 2028, 2024),
        ("2028-03-01", 2032, 2028),
        ("2028-01-31", 2028, 2024),
        ("2097-01-01", 2104, 2096),
    ],
)
def test_the_29th_of_february_is_that_of_a_leap_year(now: str, coming: int, past: int) -> None:
    at = read_rfc3339(now)

    assert rfc3339(read_coming("29 feb 9:00", at, UTC))[:16] == f"{coming}-02-29T09:00"
    assert rfc3339(read_since("29 feb", at, UTC))[:10] == f"{past}-02-29"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30 feb",
        "29 feb 2027",
        "yesterday",
        "2 hours ago",
        "soon",
        "25:00",
        "tomorrow 99:00",
        "32 dec",
        "9",
    ],
)
def test_what_is_no_moment_to_come_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_coming(text, FRIDAY, BERLIN)
