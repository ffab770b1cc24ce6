"""Runs a function on many items, several at once, and lets the caller act in between. Knows no panel and no order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Tick(Enum):
    """The type of `TICK`."""

    TICK = "tick"


TICK: Final = Tick.TICK
"""What `bounded_map` yields when its interval has passed, so that the caller can act although no result came."""


def bounded_map(
    function: Callable[[Item], Result], items: Iterator[Item], at_once: int, interval: float
) -> Iterator[tuple[Item, Result] | Tick]:
    """Call `function` on each item, at most `at_once` at a time; yield (item, result) as the results come.

    Yields `TICK` every `interval` seconds, whether results come or not. What `function` raises is raised here.
    One more item waits behind each running call, so that no thread waits for the caller; no more than these are
    taken from `items` ahead of time. With `at_once` 1 the calls run in the caller's own thread, and a tick can
    only come after a result.
    """
    ticker = _Ticker(interval)
    if at_once == 1:
        return _one_by_one(function, items, ticker)
    return _together(function, items, at_once, ticker)


class _Ticker:
    """Says when the next tick is due. Times are seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next_at = time.monotonic() + interval

    def remaining(self) -> float:
        """Return the seconds until the next tick is due."""
        return max(0.0, self._next_at - time.monotonic())

    def is_due(self) -> bool:
        """Tell whether a tick is due; if so, the next one is an interval away."""
        if self.remaining() > 0:
            return False
        self._next_at = time.monotonic() + self._interval
        return True


def _one_by_one(
    function: Callable[[Item], Result], items: Iterator[Item], ticker: _Ticker
) -> Iterator[tuple[Item, Result] | Tick]:
    for item in items:
        yield item, function(item)
        if ticker.is_due():
            yield TICK


def _together(
    function: Callable[[Item], Result], items: Iterator[Item], at_once: int, ticker: _Ticker
) -> Iterator[tuple[Item, Result] | Tick]:
    done: SimpleQueue[Future[tuple[Item, Result]]] = SimpleQueue()
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="calling")
    pending = 0

    def call(item: Item) -> tuple[Item, Result]:
        return item, function(item)

    try:
        while True:
            while pending < 2 * at_once and (item := next(items, None)) is not None:
                pool.submit(call, item).add_done_callback(done.put)
                pending += 1
            if not pending:
                return
            try:
                future = done.get(timeout=ticker.remaining())
            except Empty:
                pass
            else:
                pending -= 1
                yield future.result()
            if ticker.is_due():
                yield TICK
    finally:
        pool.shutdown(cancel_futures=True)
