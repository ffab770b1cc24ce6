"""One POST over HTTP/1.1: sent at most once, its answer read within limits of time and size. The home of httpx.

Requests are built by httpx but sent through the connection pool below it (httpcore), not through httpx's Client:
the pool cannot follow a redirect, keep a cookie, obey the environment's proxies or send a second time, and an `add`
that is sent twice is paid twice. It also costs a third less time, and one pass makes thousands of calls.
"""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import httpcore

from tracker.lib.imports import import_without

with import_without("rich"), import_without("pygments"):
    import httpx

from tracker.lib import http_faults, system_errors, trust
from tracker.lib.http_body import BoundedBody
from tracker.lib.http_deadline import DeadlineBackend

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


class Endpoint:
    """A URL that requests are sent to. ValueError, with a message for the user, when the text is no such URL."""

    def __init__(self, text: str) -> None:
        try:
            self.url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError):
            raise ValueError("the url cannot be read; write it like https://example.com/api/v2") from None
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise ValueError("the url must begin with https:// (or http://) and name a host")
        if self.url.userinfo:
            raise ValueError("the url must not hold a user name or a password: they would show up in logs")
        self.text = str(self.url)
        self.host = _host(self.url)
        # Without the cache, a seventh of a call's time goes into building the same few URLs again.
        self._cached_url = functools.lru_cache(16)(self._with_query)

    def _with_query(self, query: tuple[tuple[str, str], ...]) -> httpx.URL:
        return self.url.copy_merge_params(dict(query)) if query else self.url

    @property
    def secure(self) -> bool:
        """Whether requests go over TLS."""
        return self.url.scheme == "https"

    def post(
        self, form: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Request:
        """Return a POST request of this form; the URL's own query parameters stay."""
        url = self._cached_url(tuple(query.items()))
        body = urlencode(form).encode("ascii")
        return httpx.Request("POST", url, content=body, headers=[*headers.items(), _FORM])

    def post_json(self, body: bytes, headers: Mapping[str, str]) -> httpx.Request:
        """Return a POST request of a body that is JSON already."""
        return httpx.Request("POST", self.url, content=body, headers=[*headers.items(), _JSON])

    def get(self, headers: Mapping[str, str]) -> httpx.Request:
        """Return a GET request."""
        return httpx.Request("GET", self.url, headers=dict(headers))


_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_JSON = ("Content-Type", "application/json")


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
    """

    sent: bool
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    fault: str | None


class Connection:
    """One connection at a time, and a deadline over all that happens on it."""

    def __init__(self, tls: ssl.SSLContext | None, keep_alive: bool) -> None:
        self._network = DeadlineBackend()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=1 if keep_alive else 0,
            keepalive_expiry=KEEP_ALIVE_S,
            retries=0,
            network_backend=self._network,
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        self._pool.close()

    def send(self, request: httpx.Request, limits: Limits, permit: Permit | None = None) -> HttpResult:
        """Send one request and read its answer as far as it comes; raises for nothing that goes wrong on the way.

        `permit` bounds the time to connect; it is asked before that, and again right before the first byte.
        """
        partial = _PartialResult(limits, permit)
        try:
            self._send(request, partial)
        except Exception as error:  # noqa: BLE001 - whatever it is, what is known so far must not be lost
            partial.fault = _explain(error, partial, request, self._network.began)
        return partial.result()

    def _send(self, request: httpx.Request, partial: _PartialResult) -> None:
        partial.ask_permit()
        seconds, connect = partial.limits.seconds, partial.limit_connecting()
        self._network.allow(connect)
        self._network.answer_seconds = seconds
        self._network.about_to_send = functools.partial(self._about_to_send, partial)
        timeouts = {"connect": connect, "pool": connect, "read": seconds, "write": seconds}
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                _target(request.url),
                headers=request.headers.raw,
                content=request.content,
                extensions={"timeout": timeouts},
            )
        )
        try:
            if getattr(response.extensions["network_stream"], "unsent", ()):
                raise httpcore.RemoteProtocolError("an answer that no request had asked for")
            partial.read_head(response.status, response.headers)
            partial.read_body(response.iter_stream())
        finally:
            response.close()

    def _about_to_send(self, partial: _PartialResult) -> None:
        """Let the first byte go, or raise. It is the proof: while this was not passed, nothing was sent.

        What comes between the permit and the byte is a few lines of this process and one call of the kernel that
        does not wait.
        """
        self._network.remaining(httpcore.ConnectTimeout)
        partial.ask_permit()
        partial.sent = True


class _PartialResult:
    """What is known so far of a request that is running."""

    __slots__ = ("_body", "_headers", "connect_seconds", "fault", "limits", "permit", "sent", "status")

    def __init__(self, limits: Limits, permit: Permit | None) -> None:
        self.limits = limits
        self.permit = permit
        self.connect_seconds = 0.0
        self.sent = False
        self.status: int | None = None
        self.fault: str | None = None
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

    def read_head(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep the status and the headers that may matter."""
        self.status = status
        for raw_name, value in headers:
            name = raw_name.lower().decode("latin-1")
            if name in KEPT_HEADERS:
                self._headers.setdefault(name, value.decode("latin-1")[:500])

    def read_body(self, chunks: Iterable[bytes]) -> None:
        """Keep the body as far as it comes and is wanted."""
        encoding, length = (self._headers.get(name, "") for name in ("content-encoding", "content-length"))
        self._body = BoundedBody(encoding, self.limits.bytes, length)
        for chunk in chunks:
            if not self._body.feed(chunk):
                break
        self._body.end()
        self.fault = self._body.fault

    def result(self) -> HttpResult:
        """Return what is known at the end."""
        body = self._body.data if self._body else b""
        return HttpResult(self.sent, self.status, self._headers, body, self.fault)


def _target(url: httpx.URL) -> httpcore.URL:
    """Convert a URL to the pool's own type."""
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """Return the one TLS context of the process: making one costs 20 ms and a megabyte.

    TrustFault when the environment names certificates that cannot be used.
    """
    if (fault := trust.fault(os.environ)) is not None:
        raise trust.TrustFault(fault)
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # a file for the keys of TLS (SSLKEYLOGFILE), or the certificates of the library
        raise trust.TrustFault(f"TLS cannot be used: {system_errors.in_words(error)}") from None


def _explain(error: Exception, partial: _PartialResult, request: httpx.Request, began: bytes) -> str:
    """Say in a sentence for the user what went wrong."""
    host, seconds, answered = _host(request.url), partial.limits.seconds, partial.status is not None
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
            secure = request.url.scheme == "https"
            return http_faults.fault(error, host, answered=answered, began=began, secure=secure)


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")
