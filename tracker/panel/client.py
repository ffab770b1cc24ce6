"""Asks one panel and brings back what it said, unread.

It judges nothing, and raises for nothing that a panel or the network can do.
"""

from __future__ import annotations

import queue
import ssl
import threading
import time
from contextlib import nullcontext

from tracker import __version__
from tracker.lib.http import Connection, Endpoint, HttpResult, Limits, shared_tls
from tracker.lib.rate_limit import Bucket
from tracker.lib.redaction import MASK, Redactor, redact, spellings
from tracker.panel.exchange import Exchange, Request
from tracker.panel.rate_limiter import RateLimiter

MIB = 1 << 20
LARGEST = {"services": 64 * MIB}
"""The longest answers, in bytes after unpacking; for the other actions it is `LARGEST_OTHER`."""

LARGEST_OTHER = 4 * MIB

LONG_KEY = 12
"""A key shorter than this stays where an answer repeats it: hiding it might tear up an order id."""

TOO_MANY = 429
STOPPING = "nothing was sent, because the tracker is stopping"

HEADERS = {
    "User-Agent": f"tracker/{__version__}",
    "Accept": "application/json, */*",
    "Accept-Encoding": "gzip, deflate",
}


class PanelClient:
    """One panel account over HTTP; every method may be called from any thread.

    `timeout` (seconds) is for one whole answer, however slowly it drips; `add_timeout` the same for `send_once`.
    `bucket` keeps the pace together with other processes; without one, this client keeps it by itself.
    ValueError when `url` is none that can be asked.
    """

    def __init__(
        self,
        *,
        url: str,
        key: str,
        key_field: str = "key",
        timeout: float,
        add_timeout: float,
        calls_per_second: float,
        connections: int,
        bucket: Bucket | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = Endpoint(url)
        self._key, self._key_field = key, key_field
        self._timeout, self._add_timeout = timeout, add_timeout
        self._tls = tls or (shared_tls() if self._address.secure else None)
        self._limiter = RateLimiter(calls_per_second, bucket)
        self._redactor = Redactor([key])
        self._in_bodies = [text.encode() for text in spellings(key)] if len(key) >= LONG_KEY else []
        self._closed = threading.Event()
        self._lines: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._common = threading.BoundedSemaphore(connections)
        for _ in range(connections + 1):  # one that status calls leave free for what is more urgent
            self._lines.put(Connection(self._tls, keep_alive=True))
        redact(key)

    def __repr__(self) -> str:
        return f"<Panel at {self._address.host}>"

    def call(self, request: Request) -> Exchange:
        """Ask something that may be asked again: services, status, balance."""
        if request.action == "add":
            raise ValueError("an add must go through send_once: it may not be asked again")
        common = request.action == "status" and not request.is_evidence
        # Without a limit: whoever holds a line gives it back after a bounded time.
        with self._common if common else nullcontext():
            line = self._lines.get()
            try:
                kind = "evidence" if request.is_evidence else request.action
                if not self._limiter.acquire(kind):
                    return _unsent(request, STOPPING)
                return self._exchange(line, request, self._timeout)
            finally:
                self._lines.put(line)
                if self._closed.is_set():
                    self._close_idle()

    def acquire_slot(self) -> bool:
        """Wait until the account may be asked to `add`; False when the tracker is stopping."""
        return self._limiter.acquire("add")

    def send_once(self, request: Request) -> Exchange:
        """Ask something that spends money: a connection of its own, one request on it, never another.

        It leaves at once, as its intent is on record: the caller has waited for its turn before.
        """
        line = Connection(self._tls, keep_alive=False)
        try:
            return self._exchange(line, request, self._add_timeout)
        finally:
            line.close()

    def close(self) -> None:
        """Begin nothing more. What is on the wire goes on to its end: an `add` cut off would be an open request."""
        self._closed.set()
        self._limiter.stop()
        self._close_idle()

    def _close_idle(self) -> None:
        idle: list[Connection] = []
        while True:
            try:
                idle.append(self._lines.get_nowait())
            except queue.Empty:
                break
        for line in idle:
            line.close()
            self._lines.put(line)

    def _exchange(self, line: Connection, request: Request, limit: float) -> Exchange:
        if self._closed.is_set():
            return _unsent(request, STOPPING)
        began = time.monotonic()
        form = {**request.form, self._key_field: self._key}
        try:
            outgoing = self._address.post(form, request.query, HEADERS)
        except ValueError as error:
            return _unsent(request, f"the request cannot be written: {self._redactor.scrub(str(error))}")
        result = line.send(outgoing, Limits(limit, LARGEST.get(request.action, LARGEST_OTHER)))
        if result.status == TOO_MANY:
            self._limiter.slow_down(began)
        return self._without_key(request, result)

    def _without_key(self, request: Request, result: HttpResult) -> Exchange:
        """Return what came back, without the key, which some panels repeat in their error pages."""
        body = result.body
        for spelling in self._in_bodies:
            body = body.replace(spelling, MASK.encode())
        return Exchange(
            request=request,
            sent=result.sent,
            status=result.status,
            headers={name: self._redactor.scrub(value) for name, value in result.headers.items()},
            body=body,
            whole=result.fault is None,
            error=None if result.fault is None else self._redactor.scrub(result.fault),
        )


def _unsent(request: Request, why: str) -> Exchange:
    return Exchange(request, sent=False, whole=False, error=why)
