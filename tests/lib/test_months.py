"""Calendar months in a time zone."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tracker.lib.months import day_of, month_before, month_of, next_month, read_month, span_of
from tracker.lib.times import DAY, HOUR, read_rfc3339

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_month_is_read_as_it_is_written() -> None:
    assert read_month(" 2026-11 ") == date(2026, 11, 1)
    with pytest.raises(ValueError, match="too long ago"):
        read_month("0001-01")
    for wrong in ("11-2026", "2026-13", "2026-00", "november", "2026-11-01", ""):
        with pytest.raises(ValueError, match="month"):
            read_month(wrong)


def test_a_month_begins_at_midnight_of_its_zone() -> None:
    begin, end = span_of(date(2026, 3, 1), BERLIN)

    assert begin == read_rfc3339("2026-02-28T23:00:00Z")
    assert end - begin == 31 * DAY - HOUR  # summer time began
    assert (month_of(begin - 1, BERLIN), month_of(begin, BERLIN)) == (date(2026, 2, 1), date(2026, 3, 1))
    assert day_of(end - 1, BERLIN) == date(2026, 3, 31)


def test_a_year_has_its_months_in_a_row() -> None:
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_before(date(2027, 1, 1)) == date(2026, 12, 1)
    assert next_month(date(2027, 1, 1)) == date(2027, 2, 1)
