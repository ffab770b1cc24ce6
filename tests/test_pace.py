"""The steady gap between calls, and who goes first."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from tests.house import eventually
from tracker.pace import SLOWEST, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def moments(pace: Pace, clock: Clock, count: int) -> list[float]:
    """When so many calls in a row may begin, counted from now."""
    began = clock.now
    found = []
    for _ in range(count):
        while left := pace.take():
            clock.now += left
        found.append(round(clock.now - began, 6))
    return found


def test_calls_are_spaced_evenly() -> None:
    clock = Clock()
    pace = Pace(4, clock)
    assert moments(pace, clock, 4) == [0, 0.25, 0.5, 0.75]
    clock.now += 10
    assert moments(pace, clock, 3) == [0, 0.25, 0.5]


def test_a_rest_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    clock.now += 3600
    assert moments(pace, clock, 2) == [0, 0.5]


def test_less_than_one_call_a_second_is_a_pace_too() -> None:
    clock = Clock()
    assert moments(Pace(0.1, clock), clock, 2) == [0, 10]


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_pace_that_never_ends_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pace(per_second)


def test_a_refusal_for_the_rate_halves_the_pace_and_it_comes_back_slowly() -> None:
    clock = Clock()
    pace = Pace(10, clock)
    pace.halve()
    found = moments(pace, clock, 60)
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert gaps[0] == pytest.approx(0.2)
    assert gaps[10] > 0.15
    assert gaps[-1] == pytest.approx(0.1)
    for _ in range(100):
        pace.halve()
    moments(pace, clock, 1)
    assert pace.take() == pytest.approx(0.1 * SLOWEST)


def test_what_is_urgent_goes_first_whoever_came_first() -> None:
    pace = Pace(20)
    assert pace.wait()
    order: list[str] = []
    threads = []
    for kind in ("services", "status", "add", "balance", "evidence"):
        threads.append(
            threading.Thread(target=lambda kind=kind: order.append(kind) if pace.wait(kind) else None)
        )
        threads[-1].start()
        eventually(lambda: len(pace._waiting) + len(order) == len(threads))
    for thread in threads:
        thread.join()
    urgent = order if order[0] != "services" else order[1:]  # the first may have gone before the others came
    assert urgent == [one for one in ("evidence", "balance", "add", "status", "services") if one in urgent]


def test_stopping_ends_every_wait() -> None:
    pace = Pace(0.01)
    assert pace.wait()
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(pace.wait()))
    thread.start()
    time.sleep(0.02)
    pace.stop()
    thread.join(1)
    assert answers == [False]
    assert not pace.wait()
