from __future__ import annotations

import threading
import time

import pytest

from tracker.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_are_spaced_evenly() -> None:
    clock = Clock()
    pace = Pace(4, clock)
    assert [pace.reserve() for _ in range(4)] == [0, 0.25, 0.5, 0.75]
    clock.now += 10
    assert [pace.reserve() for _ in range(3)] == [0, 0.25, 0.5]


def test_a_rest_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    clock.now += 3600
    assert [pace.reserve() for _ in range(2)] == [0, 0.5]


def test_less_than_one_call_a_second_is_a_pace_too() -> None:
    pace = Pace(0.1, Clock())
    assert [pace.reserve() for _ in range(2)] == [0, 10]


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_pace_that_never_ends_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pace(per_second)


def test_threads_share_one_pace() -> None:
    clock = Clock()
    pace = Pace(10, clock)
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.append(pace.reserve())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(wait * 10) for wait in waits) == list(range(20))


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
