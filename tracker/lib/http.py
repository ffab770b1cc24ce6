"""One request over HTTP/1.1: sent at most once, its answer read within limits of time and size.

What httpx stands on is used, and not httpx's Client with its pool of connections: what is here cannot follow a
redirect, keep a cookie, obey the environment's proxies or send a second time, and an `add` that is sent twice is paid
twice. It also costs far less time, and one pass makes thousands of calls.
"""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import httpcore

from tracker.lib import http_faults, system_errors, trust
from tracker.lib.clock import elapsed
from tracker.lib.http_answer import Answer, read_answer
from tracker.lib.http_body import BoundedBody
from tracker.lib.http_deadline import Deadline, Stream, open_stream
from tracker.lib.http_endpoint import Endpoint, Origin, Outgoing, new_tls
from tracker.lib.times import SECOND

CONNECT_TIMEOUT_S = 30.0
"""Seconds within which a connection must be open. They do not count towards the time for the answer: a slow start
must not shorten the wait for an answer that has been paid for."""

KEEP_ALIVE_S = 5.0
"""Seconds that an idle connection is kept: servers close theirs soon after, and a call on a closed one fails."""

KEPT_HEADERS = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "date", "server", "via", "location"),
        *("retry-after", "cf-ray", "cf-mitigated", "x-request-id"),
        *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)
"""The headers of an answer that are kept; never a cookie."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take, counted from the moment the request goes out, and how long it may be.

    `bytes` counts the decompressed body.
    """

    seconds: float
    bytes: int


class Permit(Protocol):
    """Whether a request may still be sent."""

    def seconds_left(self) -> float:
        """Return for how long it may be, at most."""

    def refusal(self) -> str | None:
        """Say why it may not be sent any more; None when it may, now."""


class NotPermitted(Exception):
    """The permit was refused, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class HttpResult:
    """What is known after one request, however it ended.

    `sent` is whether the request was handed to the network: False proves that nothing of it was sent.
    `status` is None when no status line was read. `fault` says what went wrong, None when the answer is whole.
    `was_over` is whether the connection was kept from an earlier request and ended before the first byte of an answer:
    most likely, its server had ended it already.
    """

    sent: bool
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    fault: str | None
    was_over: bool = False


class Connection:
    """One connection at a time, and a deadline over all that happens on it."""

    def __init__(self, tls: ssl.SSLContext | None, keep_alive: bool) -> None:
        self._tls = tls
        self._keep_alive = keep_alive
        self._deadline = Deadline()
        self._line: _Line | None = None

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._line is not None:
            self._line.stream.close()
            self._line = None

    def send(self, request: Outgoing, limits: Limits, permit: Permit | None = None) -> HttpResult:
        """Send one request and read its answer as far as it comes; raises for nothing that goes wrong on the way.

        `permit` bounds the time to connect; it is asked before that, and again right before the first byte.
        """
        partial = _PartialResult(limits, permit)
        try:
            self._send(request, partial)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is known so far must not be lost
            partial.fault = _explain(error, partial, request.endpoint)
            partial.was_over = partial.is_kept and not partial.began and _is_end(error)
        finally:
            if not partial.reusable or not self._keep_alive:
                self.close()
        return partial.result()

    def _send(self, request: Outgoing, partial: _PartialResult) -> None:
        partial.ask_permit()
        self._deadline.allow(partial.limit_connecting())
        line = self._line_to(request.endpoint.origin)
        stream, partial.is_kept = line.stream, line.is_kept
        try:
            stream.send(request.written, partial.limits.seconds, lambda: self._about_to_send(partial))
            answer = read_answer(stream)
        finally:
            partial.began = stream.began
        partial.read_head(answer)
        partial.read_body(answer)
        line.rest()

    def _line_to(self, origin: Origin) -> _Line:
        """Return the connection that was kept, if it still goes there, or a new one."""
        if self._line is not None and not self._line.is_fit(origin):
            self.close()
        if self._line is None:
            tls = (self._tls or shared_tls()) if origin.secure else None
            self._line = _Line(origin, open_stream(origin.host, origin.port, tls, self._deadline))
        return self._line

    def _about_to_send(self, partial: _PartialResult) -> None:
        """Let the first byte go, or raise. It is the proof: while this was not passed, nothing was sent.

        What comes between the permit and the byte is a few lines of this process and one call of the kernel that
        does not wait.
        """
        self._deadline.remaining(httpcore.ConnectTimeout)
        partial.ask_permit()
        partial.sent = True


class _Line:
    """An open connection, and what is known of it between two requests."""

    def __init__(self, origin: Origin, stream: Stream) -> None:
        self._origin = origin
        self.stream = stream
        #: When it has been idle for too long; None until its first answer was read.
        self._until: int | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a request has gone over it before."""
        return self._until is not None

    def rest(self) -> None:
        """Note that it is idle from now on."""
        self._until = elapsed() + int(KEEP_ALIVE_S * SECOND)

    def is_fit(self, origin: Origin) -> bool:
        """Tell whether another request may go over it: it goes there, is fresh, and the server has not ended it."""
        is_fresh = self._until is not None and elapsed() <= self._until
        return is_fresh and origin == self._origin and not self.stream.is_readable()


class _PartialResult:
    """What is known so far of a request that is running."""

    __slots__ = (
        *("_body", "_headers", "began", "connect_seconds", "fault", "is_kept", "limits", "permit"),
        *("reusable", "sent", "status", "was_over"),
    )

    def __init__(self, limits: Limits, permit: Permit | None) -> None:
        self.limits = limits
        self.permit = permit
        self.connect_seconds = 0.0
        self.sent = False
        self.status: int | None = None
        self.fault: str | None = None
        #: Whether its connection was kept from an earlier request, and whether that had ended.
        self.is_kept = self.was_over = False
        #: The first bytes that came.
        self.began = b""
        #: Whether the connection may serve another request.
        self.reusable = False
        self._headers: dict[str, str] = {}
        self._body: BoundedBody | None = None

    def ask_permit(self) -> None:
        """Raise NotPermitted when the request may not be sent any more."""
        why = self.permit.refusal() if self.permit is not None else None
        if why is not None:
            raise NotPermitted(why)

    def limit_connecting(self) -> float:
        """Set and return for how long the connection may take to open."""
        longest = CONNECT_TIMEOUT_S if self.permit is None else self.permit.seconds_left()
        self.connect_seconds = min(self.limits.seconds, CONNECT_TIMEOUT_S, longest)
        return self.connect_seconds

    def read_head(self, answer: Answer) -> None:
        """Keep the status and the headers that may matter."""
        self.status = answer.status
        for name, value in answer.headers:
            if name in KEPT_HEADERS:
                self._headers.setdefault(name, value[:500])

    def read_body(self, answer: Answer) -> None:
        """Keep the body as far as it comes and is wanted."""
        encoding, length = (self._headers.get(name, "") for name in ("content-encoding", "content-length"))
        self._body = BoundedBody(encoding, self.limits.bytes, length)
        for chunk in answer.body():
            if not self._body.feed(chunk):
                break
        self._body.end()
        self.fault = self._body.fault
        # Behind what no request had asked for, none could be sure of its own answer.
        self.reusable = answer.is_over() and not answer.is_followed()

    def result(self) -> HttpResult:
        """Return what is known at the end."""
        body = self._body.data if self._body else b""
        return HttpResult(self.sent, self.status, self._headers, body, self.fault, self.was_over)


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """Return the one TLS context of the process: making one costs 20 ms and a megabyte.

    TrustFault when the environment names certificates that cannot be used.
    """
    if (fault := trust.fault(os.environ)) is not None:
        raise trust.TrustFault(fault)
    try:
        return new_tls()
    except OSError as error:  # a file for the keys of TLS (SSLKEYLOGFILE), or the certificates of the library
        raise trust.TrustFault(f"TLS cannot be used: {system_errors.in_words(error)}") from None


def _is_end(error: Exception) -> bool:
    """Tell whether an error means that the other side has ended the connection."""
    return isinstance(error, httpcore.RemoteProtocolError | httpcore.ReadError)


def _explain(error: Exception, partial: _PartialResult, endpoint: Endpoint) -> str:
    """Say in a sentence for the user what went wrong."""
    host, seconds, answered = endpoint.host, partial.limits.seconds, partial.status is not None
    match error:
        case NotPermitted():
            return str(error)
        case httpcore.ConnectTimeout():
            return (
                f"{host} did not take the connection within {partial.connect_seconds:.2g} s; check the address and "
                "its port, or its server is down"
            )
        case httpcore.TimeoutException() if not answered:
            return f"{host} did not answer within {seconds:g} s"
        case httpcore.TimeoutException():
            return f"the answer of {host} was not complete within {seconds:g} s"
        case _:
            began, secure = partial.began, endpoint.secure
            return http_faults.fault(error, host, answered=answered, began=began, secure=secure)
