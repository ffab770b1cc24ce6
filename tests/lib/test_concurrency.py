"""Several questions on their way at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tracker.lib.concurrency import bounded_map


class Asked:
    """Answers a number with its square, as soon as it may, and notes who was asked and how many at once."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.numbers: list[int] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, number: int) -> int:
        with self._lock:
            self.numbers.append(number)
            self._now += 1
            self.most = max(self.most, self._now)
        self.may.wait(5)
        with self._lock:
            self._now -= 1
        if number < 0:
            raise ValueError(number)
        return number * number


@pytest.mark.parametrize("at_once", [1, 3])
def test_every_question_comes_back_with_its_answer(at_once: int) -> None:
    asked = Asked()
    asked.may.set()

    told = [one for one in bounded_map(asked, iter(range(20)), at_once, 5) if one is not None]

    assert sorted(told) == [(number, number * number) for number in range(20)]
    assert asked.most <= at_once


def test_no_more_are_taken_than_can_wait_behind_those_that_are_asked() -> None:
    taken: list[int] = []

    def questions() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    asked = Asked()
    told = bounded_map(asked, questions(), 2, 0.05)
    assert next(told) is None  # nobody answers
    assert len(taken) == 4
    assert asked.most == 2
    asked.may.set()
    assert len([one for one in told if one is not None]) == 100


@pytest.mark.parametrize("at_once", [1, 2])
def test_answers_that_keep_coming_leave_a_moment_for_those_that_came(at_once: int) -> None:
    def ask(number: int) -> int:
        time.sleep(0.01)
        return number

    told = list(bounded_map(ask, iter(range(40)), at_once, 0.05))

    assert None in told[:-1]


def test_an_answer_that_took_long_is_not_held_until_the_next_one() -> None:
    told = bounded_map(lambda number: number, iter(range(2)), 1, 0)

    assert list(told) == [(0, 0), None, (1, 1), None]


def test_who_leaves_early_has_nothing_more_asked() -> None:
    asked = Asked()
    told = bounded_map(asked, iter(range(100)), 2, 0.05)
    assert next(told) is None
    threading.Timer(0.2, asked.may.set).start()
    told.close()  # type: ignore[attr-defined]

    time.sleep(0.1)
    assert sorted(asked.numbers) == [0, 1]


def test_what_goes_wrong_comes_out() -> None:
    asked = Asked()
    asked.may.set()
    with pytest.raises(ValueError, match="-1"):
        list(bounded_map(asked, iter([1, -1, 2]), 2, 5))
