"""Several questions on their way at once. Knows no panel and no order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


def in_flight(
    ask: Callable[[Q], A], questions: Iterator[Q], at_once: int, patience: float
) -> Iterator[tuple[Q, A] | None]:
    """Ask each question, so many at once, and yield each with its answer, whichever comes first.

    One more waits behind each that is asked, so that nobody waits for the caller; no more than that are taken from
    `questions` ahead of time. Yields None when no answer came for `patience` seconds. What `ask` raises is raised here.
    A single one at a time is asked in the caller's own thread.
    """
    if at_once == 1:
        yield from ((question, ask(question)) for question in questions)
        return
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
                future = answered.get(timeout=patience)
            except Empty:
                yield None
            else:
                away -= 1
                yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
