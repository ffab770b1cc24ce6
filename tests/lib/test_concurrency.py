"""Several calls at once, and ticks in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tracker.lib.concurrency import TICK, bounded_map


class Square:
    """Answers a number with its square once `release` is set; records each call and how many ran at once."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.numbers: list[int] = []
        self.most = self._running = 0
        self._lock = threading.Lock()

    def __call__(self, number: int) -> int:
        with self._lock:
            self.numbers.append(number)
            self._running += 1
            self.most = max(self.most, self._running)
        self.release.wait(60)
        with self._lock:
            self._running -= 1
        if number < 0:
            raise ValueError(number)
        return number * number


@pytest.mark.parametrize("at_once", [1, 3])
def test_every_item_comes_back_with_its_result(at_once: int) -> None:
    square = Square()
    square.release.set()

    results = [one for one in bounded_map(square, iter(range(20)), at_once, 5) if one is not TICK]

    assert sorted(results) == [(number, number * number) for number in range(20)]
    assert square.most <= at_once


def test_no_more_items_are_taken_than_can_wait_behind_the_running_calls() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    square = Square()
    results = bounded_map(square, items(), 2, 0.05)
    assert next(results) is TICK  # no call has ended
    assert len(taken) == 4
    assert square.most == 2
    square.release.set()
    assert len([one for one in results if one is not TICK]) == 100


@pytest.mark.parametrize("at_once", [1, 2])
def test_ticks_come_also_while_results_keep_coming(at_once: int) -> None:
    def wait(number: int) -> int:
        time.sleep(0.01)
        return number

    results = list(bounded_map(wait, iter(range(40)), at_once, 0.05))

    assert TICK in results[:-1]


def test_a_result_that_took_long_is_followed_by_a_tick_before_the_next_call() -> None:
    results = bounded_map(lambda number: number, iter(range(2)), 1, 0)

    assert list(results) == [(0, 0), TICK, (1, 1), TICK]


def test_closing_the_iterator_early_starts_no_further_call() -> None:
    square = Square()
    results = bounded_map(square, iter(range(100)), 2, 0.05)
    assert next(results) is TICK
    threading.Timer(0.2, square.release.set).start()
    results.close()  # type: ignore[attr-defined]

    time.sleep(0.1)
    assert sorted(square.numbers) == [0, 1]


def test_an_exception_of_the_function_is_raised_to_the_caller() -> None:
    square = Square()
    square.release.set()
    with pytest.raises(ValueError, match="-1"):
        list(bounded_map(square, iter([1, -1, 2]), 2, 5))
