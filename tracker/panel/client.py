"""Calls one panel and returns its answers, unread.

It judges nothing, and raises for nothing that a panel or the network can do.
"""

from __future__ import annotations

import functools
import ssl
import threading
import time
from dataclasses import dataclass, field

from tracker import __version__
from tracker.lib.http import Connection, HttpResult, Limits, Permit, shared_tls
from tracker.lib.http_endpoint import Endpoint
from tracker.lib.rate_limit import Bucket
from tracker.lib.redaction import MASK, Redactor, register_secret, spellings
from tracker.lib.times import SECOND, seconds
from tracker.panel.connections import Connections
from tracker.panel.exchange import SENT_ONCE, Exchange, Request
from tracker.panel.rate_limiter import RateLimiter

MIB = 1 << 20
LARGEST = {"services": 48 * MIB, "orders": 4 * MIB}
"""The longest answers, in bytes after decompression; for the other actions it is `LARGEST_OTHER`.

A catalogue of 20,000 lines with long descriptions has 45 MB. It is read row by row; the other answers are read
whole, and take up to 30 times their length as values.
"""

LARGEST_OTHER = MIB

LONG_KEY = 12
"""A key shorter than this is not hidden in answers that repeat it: that might destroy an order id."""

TOO_MANY = 429
STOPPING = "nothing was sent, because the tracker is stopping"

HEADERS = {
    "User-Agent": f"tracker/{__version__}",
    "Accept": "application/json, */*",
    "Accept-Encoding": "gzip, deflate",
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The secret of a panel account, and the form field that it is sent in."""

    value: str = field(repr=False)
    form_field: str = "key"


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long and how often a panel may be called."""

    #: Microseconds for one whole answer, however slowly it arrives; `add_timeout` is the same for an `add`.
    timeout: int
    add_timeout: int
    #: Over all actions together.
    calls_per_second: float
    #: The most status calls at once.
    connections: int


class PanelClient:
    """One panel account over HTTP; every method may be called from any thread.

    A `bucket` shares the rate limit with other processes; without one, only this client keeps to it.
    ValueError when `url` is none that can be called.
    """

    def __init__(
        self,
        url: str,
        key: ApiKey,
        limits: CallLimits,
        bucket: Bucket | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._endpoint = Endpoint(url)
        self._key = key
        self._limits = limits
        self._tls = tls or (shared_tls() if self._endpoint.secure else None)
        self._limiter = RateLimiter(limits.calls_per_second, bucket)
        self._redactor = Redactor([key.value])
        self._key_spellings = _spellings_in_bodies(key.value)
        self._closed = threading.Event()
        self._connections = Connections(self._tls, limits.connections)
        self._url = self._redactor.scrub(self._endpoint.text)
        # Most headers say the same in each answer.
        self._scrubbed = functools.lru_cache(256)(self._redactor.scrub)
        register_secret(key.value)

    def __repr__(self) -> str:
        return f"<PanelClient for {self._endpoint.host}>"

    def call(self, request: Request) -> Exchange:
        """Make a call that may be repeated: services, status, balance, and the like."""
        if request.action in SENT_ONCE:
            raise ValueError(
                f"an action must go through send_once when it may not be repeated: {request.action}"
            )
        is_common = request.action == "status" and not request.is_evidence
        connection = self._connections.take(is_common=is_common)
        try:
            if not self._limiter.acquire(_urgency(request)):
                return _unsent(request, STOPPING)
            return self._exchange(connection, request, self._limits.timeout)
        finally:
            self._connections.give_back(connection, is_common=is_common)

    def acquire_slot(self) -> bool:
        """Wait until the rate limit allows an `add`; False when the tracker is stopping."""
        return self._limiter.acquire("add")

    def send_once(
        self, request: Request, permit: Permit | None = None, timeout: int | None = None
    ) -> Exchange:
        """Make a call that changes something: on a connection of its own, with one request, never another.

        It is sent at once, as its intent is on record: the caller has acquired its slot before. The `permit` is asked
        before connecting and right before the first byte; when it is refused, nothing is sent. `timeout` is the time
        limit in microseconds, `add_timeout` unless it is given.
        """
        connection = Connection(self._tls, keep_alive=False)
        try:
            return self._exchange(connection, request, timeout or self._limits.add_timeout, permit)
        finally:
            connection.close()

    def close(self) -> None:
        """Start no more calls. Those in flight finish: an `add` that is cut off would have an unknown outcome."""
        self._closed.set()
        self._limiter.stop()
        self._connections.close()

    def _exchange(
        self, connection: Connection, request: Request, timeout: int, permit: Permit | None = None
    ) -> Exchange:
        if self._closed.is_set():
            return _unsent(request, STOPPING)
        began = time.monotonic()
        form = {**request.form, self._key.form_field: self._key.value}
        try:
            outgoing = self._endpoint.post(form, request.query, HEADERS)
        except ValueError as error:
            return _unsent(request, f"the request cannot be written: {self._redactor.scrub(str(error))}")
        limits = Limits(seconds(timeout), LARGEST.get(request.action, LARGEST_OTHER))
        result = connection.send(outgoing, limits, permit)
        if result.was_over and self._may_repeat(request):
            result = connection.send(outgoing, limits)
        if result.status == TOO_MANY:
            self._limiter.slow_down(began)
        return self._without_key(request, result, round((time.monotonic() - began) * SECOND))

    def _may_repeat(self, request: Request) -> bool:
        """Tell whether a request is sent once more, over a new connection: the server had ended the one that was kept.

        Servers end theirs without a word; who took that for a failure would call a panel down that answers.
        """
        return request.action not in SENT_ONCE and self._limiter.acquire(_urgency(request))

    def _without_key(self, request: Request, result: HttpResult, took: int) -> Exchange:
        """Return what came back, without the key, which some panels repeat in their error pages."""
        body = result.body
        for spelling in self._key_spellings:
            body = body.replace(spelling, MASK.encode())
        return Exchange(
            request=request,
            sent=result.sent,
            status=result.status,
            headers={name: self._scrubbed(value) for name, value in result.headers.items()},
            body=body,
            whole=result.fault is None,
            error=None if result.fault is None else self._redactor.scrub(result.fault),
            url=self._url,
            took=took,
        )


def _spellings_in_bodies(key: str) -> list[bytes]:
    return [text.encode() for text in spellings(key)] if len(key) >= LONG_KEY else []


def _urgency(request: Request) -> str:
    return "evidence" if request.is_evidence else request.action


def _unsent(request: Request, why: str) -> Exchange:
    return Exchange(request, sent=False, whole=False, error=why)
