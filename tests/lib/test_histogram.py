"""Lengths of time as a few numbers."""

from __future__ import annotations

import pytest

from tracker.lib.histogram import Histogram, stored

BOUNDS = (10, 20, 50)


def of(*values: int, bounds: tuple[int, ...] = BOUNDS) -> Histogram:
    made = Histogram()
    for value in values:
        made.note(value, bounds)
    return made


def test_a_value_counts_up_to_the_first_bound_that_it_does_not_exceed() -> None:
    found = of(0, 10, 11, 50, 51)

    assert (found.count, found.total) == (5, 122)
    assert found.cumulative(BOUNDS) == [2, 3, 4]


def test_what_is_added_and_what_is_stored_and_read_again_is_the_same_as_all_values_together() -> None:
    parts = of(1, 15), of(15, 99)
    whole = Histogram()
    for part in parts:
        whole.add(part)

    assert whole == of(1, 15, 15, 99)
    assert stored(whole.count, whole.total, whole.text()) == whole
    assert stored(0, 0, Histogram().text()) == Histogram()


@pytest.mark.parametrize(
    ("values", "share", "quantile"),
    [
        ((), 0.5, None),
        ((5,), 0.5, 5),
        ((15, 15), 0.5, 15),
        ((15, 15), 1.0, 20),
        ((5, 15, 15, 15), 0.5, 13),
        ((5, 99), 0.9, 50),
        ((99,), 0.5, 50),
    ],
)
def test_a_quantile_lies_evenly_within_its_bucket_and_never_above_the_last_bound(
    values: tuple[int, ...], share: float, quantile: int | None
) -> None:
    assert of(*values).quantile(share, BOUNDS) == quantile


def test_without_bounds_there_is_a_count_and_no_quantile() -> None:
    found = of(3, 4, bounds=())

    assert (found.count, found.total, found.quantile(0.5, ())) == (2, 7, None)


def test_what_was_counted_by_other_bounds_counts_from_the_next_bound_of_today() -> None:
    assert of(9, 40, 70, bounds=(15, 40, 60)).cumulative(BOUNDS) == [0, 1, 2]
