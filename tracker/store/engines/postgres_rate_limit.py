"""The token bucket of a panel account for all processes on one PostgreSQL database: a row of `paces`."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import psycopg

from tracker.lib.rate_limit import ANSWER_TIMEOUT_S, Bucket, BucketState
from tracker.store.engines.postgres_url import options

CONNECT_TIMEOUT_S = 2
"""Seconds to wait for the server."""

SETTINGS = "SET lock_timeout = '2s'; SET synchronous_commit = off"
"""A slot that is lost in a crash costs nothing; waiting for a standby would delay each call."""

TRIES = 20
"""How often another process may be faster before one use of the row fails."""

_READ = """
    SELECT next_at, stretch, at, extract(epoch FROM clock_timestamp())::float8 FROM paces WHERE panel = %s
"""
_INSERT = "INSERT INTO paces (panel, next_at, stretch) VALUES (%s, 0, 1) ON CONFLICT DO NOTHING"
_WRITE = """
    UPDATE paces SET next_at = %s, stretch = %s, at = %s
    WHERE panel = %s AND next_at = %s AND stretch = %s AND at = %s
"""

Change = Callable[[BucketState, float], tuple[BucketState, float]]
"""Makes of a state and the server's clock the next state and the seconds until the slot that was reserved."""


class RowBucket:
    """One account's row, on its own connection and by the server's clock; see `Bucket`.

    It is changed by compare-and-swap, so that a process that is stopped in the middle holds no lock. Not for several
    threads at once. ConnectionError when the server cannot be reached.
    """

    def __init__(self, url: str, panel: str) -> None:
        self._url = url
        self._panel = panel
        self._connection: Any = None

    def take(self, gap: float) -> float:
        """Reserve the next free slot; return the seconds until it."""
        return self._change(lambda state, now: state.reserve(now, gap))

    def slow_down(self) -> None:
        """Halve the rate from now on."""
        self._change(lambda state, _now: (state.slowed_down(), 0.0))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _change(self, change: Change) -> float:
        try:
            if self._connection is None:
                self._connection = self._connect()
            for _ in range(TRIES):
                if (delay := self._swap(change)) is not None:
                    return delay
        except psycopg.Error as error:
            self.close()
            raise ConnectionError("the row of the rate limit cannot be read or written") from error
        raise ConnectionError("other processes always changed the row of the rate limit first")

    def _swap(self, change: Change) -> float | None:
        """Change the row and return the delay; None when there was no row, or another process changed it first."""
        found = self._connection.execute(_READ, (self._panel,)).fetchone()
        if found is None:  # a new account, or the server has crashed and emptied the table
            self._connection.execute(_INSERT, (self._panel,))
            return None
        *before, now = found
        after, delay = change(BucketState(*before), now)
        values = (after.next_at, after.slowdown, after.at, self._panel, *before)
        return delay if self._connection.execute(_WRITE, values).rowcount else None

    def _connect(self) -> Any:
        connection: Any = psycopg.connect(
            self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, **options(self._url)
        )
        connection.execute(SETTINGS)
        return connection


class BoundedBucket:
    """Uses a bucket in its own thread, so that a server that hangs delays no caller for long.

    Not for several threads at once. TimeoutError when the answer takes too long, or the last one is still awaited;
    OSError when the bucket cannot be reached.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._asked: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Any] | None = None

    def take(self, gap: float) -> float:
        """Reserve the next free slot; return the seconds until it."""
        return float(self._ask(partial(self._bucket.take, gap)))

    def slow_down(self) -> None:
        """Halve the rate from now on."""
        self._ask(self._bucket.slow_down)

    def close(self) -> None:
        """Release what it holds, as soon as it can."""
        if self._thread is not None:
            self._asked.put(self._bucket.close)
            self._asked.put(None)
            self._thread.join(ANSWER_TIMEOUT_S if self._last is None or self._last.done() else 0)

    def _ask(self, what: Callable[[], Any]) -> Any:
        if self._last is not None and not self._last.done():
            raise TimeoutError("the row of the rate limit does not answer")
        answer = self._last = Future[Any]()
        self._start()
        self._asked.put(partial(_settle, answer, what))
        return answer.result(ANSWER_TIMEOUT_S)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=_serve, args=(self._asked,), name="pace", daemon=True)
            self._thread.start()


def _serve(asked: queue.SimpleQueue[Callable[[], object] | None]) -> None:
    while (what := asked.get()) is not None:
        what()


def _settle(answer: Future[Any], what: Callable[[], Any]) -> None:
    """Set the answer to the result, or to the exception."""
    try:
        answer.set_result(what())
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
        answer.set_exception(error)
