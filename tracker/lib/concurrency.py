"""Several questions on their way at once. Knows no panel and no order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Ticker:
    """Runs out again and again, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds until it runs out."""
        return max(0.0, self._ends - time.monotonic())

    def ran_out(self) -> bool:
        """Tell whether it ran out; it begins anew then."""
        if self.left() > 0:
            return False
        self._ends = time.monotonic() + self._seconds
        return True


def bounded_map(
    ask: Callable[[Q], A], questions: Iterator[Q], at_once: int, patience: float
) -> Iterator[tuple[Q, A] | None]:
    """Ask each question, so many at once, and yield each with its answer, whichever comes first.

    One more waits behind each that is asked, so that nobody waits for the caller; no more than that are taken from
    `questions` ahead of time. Yields None each `patience` seconds, whether answers come or not. What `ask` raises is
    raised here. A single one at a time is asked in the caller's own thread, and the None comes after its answer.
    """
    left = _Ticker(patience)
    return _one_by_one(ask, questions, left) if at_once == 1 else _together(ask, questions, at_once, left)


def _one_by_one(
    ask: Callable[[Q], A], questions: Iterator[Q], patience: _Ticker
) -> Iterator[tuple[Q, A] | None]:
    for question in questions:
        yield question, ask(question)
        if patience.ran_out():
            yield None


def _together(
    ask: Callable[[Q], A], questions: Iterator[Q], at_once: int, patience: _Ticker
) -> Iterator[tuple[Q, A] | None]:
    answered: SimpleQueue[Future[tuple[Q, A]]] = SimpleQueue()
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="asking")
    away = 0

    def asked(question: Q) -> tuple[Q, A]:
        return question, ask(question)

    try:
        while True:
            while away < 2 * at_once and (question := next(questions, None)) is not None:
                pool.submit(asked, question).add_done_callback(answered.put)
                away += 1
            if not away:
                return
            try:
                future = answered.get(timeout=patience.left())
            except Empty:
                pass
            else:
                away -= 1
                yield future.result()
            if patience.ran_out():
                yield None
    finally:
        pool.shutdown(cancel_futures=True)
