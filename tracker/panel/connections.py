"""The connections of one panel account that are kept open, and which call may use one."""

from __future__ import annotations

import ssl
import threading

from tracker.lib.http import Connection


class Connections:
    """One connection more than status calls may use at once: a slow panel delays no urgent call. For any thread."""

    def __init__(self, tls: ssl.SSLContext | None, for_common: int) -> None:
        self._changed = threading.Condition(threading.Lock())
        #: The one that was used last is the last: its server has kept it open most likely.
        self._idle = [Connection(tls, keep_alive=True) for _ in range(for_common + 1)]
        self._left_for_common = for_common
        self._closed = False

    def take(self, *, is_common: bool) -> Connection:
        """Wait for a connection, and take it. It has no limit: whoever has one gives it back after a bounded time."""
        with self._changed:
            while not self._idle or (is_common and not self._left_for_common):
                self._changed.wait()
            self._left_for_common -= is_common
            return self._idle.pop()

    def give_back(self, connection: Connection, *, is_common: bool) -> None:
        """Let another call have it."""
        with self._changed:
            if self._closed:
                connection.close()
            self._left_for_common += is_common
            self._idle.append(connection)
            self._changed.notify_all()

    def close(self) -> None:
        """Close those that are idle now, and the others when they are given back."""
        with self._changed:
            self._closed = True
            for connection in self._idle:
                connection.close()
