"""The bucket of a panel account, shared by every process on one PostgreSQL database: a row of `paces`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tracker.pace import Flow

CONNECT_TIMEOUT = 2
"""Seconds to wait for the server: calls wait as long."""

LOCK_TIMEOUT = "2s"
"""How long another process may hold the row; it takes a few statements."""

RETRY_REST = 10.0
"""Seconds without trying again after the server was out of reach."""


class RowBucket:
    """One account's row, on a connection of its own and by the server's clock; see `pace.Bucket`.

    Not thread-safe: `Pace` lets one thread in at a time. ConnectionError when the server is out of reach.
    """

    def __init__(self, url: str, panel: str) -> None:
        self._url = url
        self._panel = panel
        self._connection: Any = None
        self._not_before = 0.0

    def take(self, gap: float) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""
        left = 0.0

        def taken(flow: Flow, now: float) -> Flow:
            nonlocal left
            left = flow.away(now, gap)
            return flow.taken(now, gap)

        self._change(taken)
        return left

    def halve(self) -> None:
        """Ask half as often from now on."""
        self._change(lambda flow, _now: flow.halved())

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _change(self, change: Callable[[Flow, float], Flow]) -> None:
        with self._connected() as connection, connection.transaction():
            query = (
                "SELECT next_at, stretch, extract(epoch FROM clock_timestamp())::float8 "
                "FROM paces WHERE panel = %s FOR UPDATE"
            )
            found = connection.execute(query, (self._panel,)).fetchone()
            if found is None:  # a crash of the server empties the table
                raise psycopg.DataError("the row is gone")
            next_at, stretch, now = found
            after = change(before := Flow(next_at, stretch), now)
            if after != before:
                values = (after.next_at, after.stretch, self._panel)
                connection.execute("UPDATE paces SET next_at = %s, stretch = %s WHERE panel = %s", values)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
        except psycopg.Error as error:
            self.close()
            self._not_before = time.monotonic() + RETRY_REST
            raise ConnectionError("the pace that is shared cannot be read") from error

    def _connect(self) -> Any:
        if time.monotonic() < self._not_before:
            raise ConnectionError("the pace that is shared could not be read a moment ago")
        connection: Any = psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT)
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.execute("SET synchronous_commit = off")
        query = "INSERT INTO paces (panel, next_at, stretch) VALUES (%s, 0, 1) ON CONFLICT DO NOTHING"
        connection.execute(query, (self._panel,))
        return connection
