"""The bucket of a panel account, shared by every process on one PostgreSQL database: a row of `paces`."""

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
"""A moment that a crash forgets costs nothing; waiting for a standby would cost each call."""

TRIES = 20
"""How often others may be faster in one go."""

_READ = """
    SELECT next_at, stretch, at, extract(epoch FROM clock_timestamp())::float8 FROM paces WHERE panel = %s
"""
_BEGIN = "INSERT INTO paces (panel, next_at, stretch) VALUES (%s, 0, 1) ON CONFLICT DO NOTHING"
_WRITE = """
    UPDATE paces SET next_at = %s, stretch = %s, at = %s
    WHERE panel = %s AND next_at = %s AND stretch = %s AND at = %s
"""


class RowBucket:
    """One account's row, on a connection of its own and by the server's clock; see `bucket.Bucket`.

    It is compared and swapped, so that a process that is stopped in the middle holds no lock. Not for several threads
    at once. ConnectionError when the server is out of reach.
    """

    def __init__(self, url: str, panel: str) -> None:
        self._url = url
        self._panel = panel
        self._connection: Any = None

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""
        away = 0.0

        def taken(flow: BucketState, now: float) -> BucketState:
            nonlocal away
            away = flow.next_slot(now) - now
            return flow.reserve(now, gap)

        self._change(taken)
        return away

    def slow_down(self) -> None:
        """Ask half as often from now on."""
        self._change(lambda flow, _now: flow.slowed_down())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _change(self, change: Callable[[BucketState, float], BucketState]) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            for _ in range(TRIES):
                if self._swap(change):
                    return
        except psycopg.Error as error:
            self.close()
            raise ConnectionError("the row of the pace cannot be read or written") from error
        raise ConnectionError("others were always faster at the row of the pace")

    def _swap(self, change: Callable[[BucketState, float], BucketState]) -> bool:
        """Change the row, unless another process does so in the same moment."""
        found = self._connection.execute(_READ, (self._panel,)).fetchone()
        if found is None:  # new, or emptied by a crash of the server
            self._connection.execute(_BEGIN, (self._panel,))
            return False
        *before, now = found
        after = change(BucketState(*before), now)
        values = (after.next_at, after.slowdown, after.at, self._panel, *before)
        return bool(self._connection.execute(_WRITE, values).rowcount)

    def _connect(self) -> Any:
        connection: Any = psycopg.connect(
            self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, **options(self._url)
        )
        connection.execute(SETTINGS)
        return connection


class BoundedBucket:
    """Asks a bucket in a thread of its own: a server that hangs holds up nobody for long.

    Not for several threads at once. TimeoutError when it took too long, or still does; OSError when it is out of reach.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._asked: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Any] | None = None

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""
        return float(self._ask(partial(self._bucket.take, gap)))

    def slow_down(self) -> None:
        """Ask half as often from now on."""
        self._ask(self._bucket.slow_down)

    def close(self) -> None:
        """Let go of what it holds, as soon as it can."""
        if self._thread is not None:
            self._asked.put(self._bucket.close)
            self._asked.put(None)
            self._thread.join(ANSWER_TIMEOUT_S if self._last is None or self._last.done() else 0)

    def _ask(self, what: Callable[[], Any]) -> Any:
        if self._last is not None and not self._last.done():
            raise TimeoutError("it does not answer")
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
    """Let the answer be what comes of it, a fault included."""
    try:
        answer.set_result(what())
    except Exception as fault:  # noqa: BLE001 - it is raised where the answer is awaited
        answer.set_exception(fault)
