"""When rules come: right across daylight saving, whatever was missed, and as cron counts weekdays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.lib.recurrence import newest, next_after, read_every
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, rfc3339

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def times(rule: str, begin: str, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """The next times of a rule, in UTC."""
    found, moment = [], at(begin)
    for _ in range(count):
        following = next_after(rule, moment, 0, zone)
        assert following is not None
        assert following > moment
        moment = following
        found.append(rfc3339(moment)[:16])
    return found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Tehran", "America/St_Johns"])
def test_a_daily_rule_comes_once_each_day_also_when_the_clock_skips_or_repeats_its_time(zone: str) -> None:
    place = ZoneInfo(zone)
    days, moment = [], at("2026-01-01")
    while (moment := next_after("15 2 * * *", moment, 0, place) or 0) < at("2027-01-01"):
        days.append(datetime.fromtimestamp(moment // SECOND, place).date())

    assert len(days) == len(set(days)) == 365


def test_a_time_that_is_skipped_comes_an_hour_later_and_one_that_is_repeated_comes_the_first_time() -> None:
    assert times("30 2 * * *", "2026-03-28T12:00", 2) == ["2026-03-29T01:30", "2026-03-30T00:30"]
    assert times("30 2 * * *", "2026-10-24T12:00", 2) == ["2026-10-25T00:30", "2026-10-26T01:30"]


@pytest.mark.parametrize("day", ["2026-03-28T22:00", "2026-10-24T21:00"])
def test_an_hourly_rule_comes_each_hour_whatever_the_clock_on_the_wall_does(day: str) -> None:
    begin = datetime.fromisoformat(day)

    assert times("0 * * * *", day, 6) == [f"{begin + timedelta(hours=n):%Y-%m-%dT%H:%M}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("1-5", "mon-fri"), ("0", "sun"), ("7", "sun"), ("sat-mon", "sat,sun,mon"), ("5-1", "fri,sat,sun,mon"),
        ("*/2", "sun,tue,thu,sat"), ("1,3", "mon,wed"), ("mon-fri/2", "mon,wed,fri"), ("0-6", "*"), ("0-7", "*"),
    ],
)  # fmt: skip
def test_weekdays_are_those_of_cron_which_counts_from_sunday(days: str, meant: str) -> None:
    assert times(f"0 9 * * {days}", "2026-11-27", 8) == times(f"0 9 * * {meant}", "2026-11-27", 8)


def test_of_the_times_that_were_missed_the_newest_is_found() -> None:
    now = at("2026-11-27T12:00")

    def found(rule: str, after: str) -> str | None:
        moment = newest(rule, at(after), now, BERLIN)
        return None if moment is None else rfc3339(moment)[:16]

    assert found("0 9 * * *", "2026-11-24T08:00") == "2026-11-27T08:00"
    assert found("0 9 * * *", "2026-11-27T08:00") is None
    assert found("0 9 1 * *", "2020-01-01") == "2026-11-01T08:00"
    assert found("0 0 29 2 *", "2020-01-01") == "2024-02-28T23:00"
    assert found("* * * * *", "2020-01-01") == "2026-11-27T12:00"
    assert found(read_every("@monthly"), "2026-11-10") is None


def test_a_length_of_time_counts_from_where_it_began_and_keeps_its_beat_over_what_was_missed() -> None:
    begin = at("2026-11-20T10:30")

    assert next_after("1d", begin, begin, BERLIN) == begin + DAY
    assert next_after("2h", begin + 3 * HOUR, begin, BERLIN) == begin + 4 * HOUR
    assert newest("1d", begin, begin + DAY - 1, BERLIN) is None
    assert newest("1d", begin, begin + 3 * DAY + HOUR, BERLIN) == begin + 3 * DAY
    assert newest("1d", begin, begin - HOUR, BERLIN) is None
    assert newest("90m", begin, begin + 90 * MINUTE, BERLIN) == begin + 90 * MINUTE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "five cron words"), ("* * * *", "five cron words"), ("61 * * * *", "'61' is no minute"), ("0 9 L * *", "'l' is no day"), ("*/0 * * * *", "no minute"),
        ("0 0 30 2 *", "no such day"), ("0 9 1 * mon", "write two rules"), ("5s", "the shortest is 1m"), ("36501d", "the longest is 36500d"),
        ("0 9 * * mon-", "no weekday"), ("0 9 * * 8", "no weekday"), ("0 9 * * mon/0", "five cron words"), ("", "five"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_every(text)


def test_a_rule_is_kept_in_small_letters_and_with_single_spaces() -> None:
    assert read_every(" 0 9 *  * MON-FRI ") == "0 9 * * mon-fri"
    assert read_every("1d") == "1d"
