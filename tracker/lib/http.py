"""One POST over HTTP/1.1: sent at most once, its answer read within limits of time and size. The home of httpx.

It makes httpx's requests and sends them through the connection pool below httpx (httpcore) rather than through its
Client: there, nothing can follow a redirect, keep a cookie, obey the environment's proxies or send a second time, and
an `add` sent twice is paid twice. It also costs a third less, and a sweep makes thousands of calls.
"""

from __future__ import annotations

import contextlib
import functools
import re
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpcore

from tracker.lib.imports import import_without

with import_without("rich"), import_without("pygments"):
    import httpx

from tracker.lib.http_body import BoundedBody

LONGEST_CONNECT = 30.0
"""Seconds until a connection must stand. It is apart from the time for the answer: a slow start must not
shorten the wait for an answer that has been paid for."""

PIECE = 65536
"""Bytes that are written at a time."""

KEEP_ALIVE = 5.0
"""Seconds that an idle connection is kept: servers drop theirs soon after, and a dropped one fails a call."""

KEPT_HEADERS = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "date", "server", "via", "location"),
        *("retry-after", "cf-ray", "cf-mitigated", "x-request-id"),
        *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)
"""What an answer's headers may tell later; never a cookie."""


class Endpoint:
    """Where a panel is asked. ValueError, in words for a person, when the text is no address to ask at."""

    def __init__(self, text: str) -> None:
        try:
            self.url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError):
            raise ValueError("the url cannot be read; write it like https://example.com/api/v2") from None
        if self.url.scheme not in ("http", "https") or not self.url.host:
            raise ValueError("the url must begin with https:// (or http://) and name a host")
        if self.url.userinfo:
            raise ValueError("the url must not hold a user name or a password: they would show up in logs")
        self.host = self.url.netloc.decode("ascii")
        # A seventh of a call's time went into writing the same few URLs again.
        self._asking = functools.lru_cache(16)(self._with_query)

    def _with_query(self, query: tuple[tuple[str, str], ...]) -> httpx.URL:
        return self.url.copy_merge_params(dict(query)) if query else self.url

    @property
    def secure(self) -> bool:
        """Whether it is asked over TLS."""
        return self.url.scheme == "https"

    def post(
        self, form: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Request:
        """Return the request that asks here; the url's own query stays."""
        url = self._asking(tuple(query.items()))
        body = urlencode(form).encode("ascii")
        return httpx.Request("POST", url, content=body, headers=[*headers.items(), _FORM])

    def get(self, headers: Mapping[str, str]) -> httpx.Request:
        """Return the request that only fetches the address."""
        return httpx.Request("GET", self.url, headers=dict(headers))


_FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(slots=True)
class HttpResult:
    """One request while it runs. `limit` is in seconds and counts from the moment it goes out."""

    limit: float
    largest: int
    sent: bool = False
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: BoundedBody = field(default_factory=lambda: BoundedBody("", 0))
    fault: str | None = None

    def take_head(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep the status line and the headers that may matter."""
        self.status = status
        for raw_name, value in headers:
            name = raw_name.lower().decode("latin-1")
            if name in KEPT_HEADERS:
                self.headers.setdefault(name, value.decode("latin-1")[:500])
        self.body = BoundedBody(self.headers.get("content-encoding", ""), self.largest)

    def take_body(self, pieces: Iterable[bytes]) -> None:
        """Keep the body as far as it comes and is wanted."""
        for piece in pieces:
            if not self.body.feed(piece):
                break
        self.body.end()
        self.fault = self.body.fault


class Connection:
    """One connection at a time, and a deadline over all that happens on it."""

    def __init__(self, tls: ssl.SSLContext | None, keep_alive: bool) -> None:
        self._wire = _DeadlineBackend()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=1,
            max_keepalive_connections=1 if keep_alive else 0,
            keepalive_expiry=KEEP_ALIVE,
            retries=0,
            network_backend=self._wire,
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        self._pool.close()

    def run(self, request: httpx.Request, call: HttpResult) -> None:
        """Send one request and read its answer into `call`, as far as it goes; it never raises."""
        try:
            self._run(request, call)
        except Exception as error:  # noqa: BLE001 - whatever else there is, it must not lose what `call` knows
            call.fault = _in_words(error, call, request.url.netloc.decode("ascii"))

    def _run(self, request: httpx.Request, call: HttpResult) -> None:
        reach = min(call.limit, LONGEST_CONNECT)
        self._wire.allow(reach)
        limits = {"connect": reach, "pool": reach, "read": call.limit, "write": call.limit}
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                _target(request.url),
                headers=request.headers.raw,
                content=request.content,
                extensions={"timeout": limits, "trace": functools.partial(self._watch, call)},
            )
        )
        try:
            if getattr(answer.extensions["network_stream"], "unsent", ()):
                raise httpcore.RemoteProtocolError("an answer that nobody had asked for yet")
            call.take_head(answer.status, answer.headers)
            call.take_body(answer.iter_stream())
        finally:
            answer.close()

    def _watch(self, call: HttpResult, event: str, info: dict[str, Any]) -> None:
        """Note the moment before the first byte of the request itself, as opposed to a proxy's CONNECT."""
        if event == "http11.send_request_headers.started" and info["request"].method == b"POST":
            self._wire.left(httpcore.ConnectTimeout)
            call.sent = True
            self._wire.allow(call.limit)


class _DeadlineBackend(httpcore.SyncBackend):
    """Connects, and lets no read or write outlast the deadline: httpx's own timeouts begin anew with each byte."""

    def __init__(self) -> None:
        self._ends = 0.0

    def allow(self, seconds: float) -> None:
        """Set the deadline."""
        self._ends = time.monotonic() + seconds

    def left(self, late: type[httpcore.TimeoutException]) -> float:
        """Return the seconds that are left; raise `late` when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise late
        return left

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any
    ) -> _DeadlineStream:
        """Open a connection before the deadline."""
        left = self.left(httpcore.ConnectTimeout)
        return _DeadlineStream(super().connect_tcp(host, port, left, *rest, **more), self)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every operation ends by the wire's deadline.

    What is written goes out when an answer is waited for: the head of a request and its body in one packet, where
    the pool would send two.
    """

    def __init__(self, inner: httpcore.NetworkStream, wire: _DeadlineBackend) -> None:
        self._inner, self._wire = inner, wire
        #: What goes out with the next read.
        self.unsent: list[bytes] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._send()
        return self._inner.read(max_bytes, self._wire.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self.unsent.append(buffer)

    def _send(self) -> None:
        if not self.unsent:
            return
        request, self.unsent = b"".join(self.unsent), []
        # Who closes in the middle of a request may have answered before: the pool reads on as well.
        with contextlib.suppress(httpcore.WriteError):
            for start in range(0, len(request), PIECE):  # a timeout begins anew with each write
                self._inner.write(request[start : start + PIECE], self._wire.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _DeadlineStream:
        left = self._wire.left(httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _target(url: httpx.URL) -> httpcore.URL:
    """Return where a URL points, as the pool wants it."""
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """Return the one TLS context of the process: each costs 20 ms and a megabyte."""
    return httpx.create_ssl_context()


_NOISE = re.compile(r"\[Errno -?\d+\] |\[SSL[^\]]*\] | ?\(_ssl\.c:\d+\)")


def _in_words(error: Exception, call: HttpResult, host: str) -> str:
    """Say what went wrong on the wire, for a person."""
    text = _NOISE.sub("", str(error)).strip()[:200]
    match error:
        case httpcore.ConnectTimeout():
            return f"{host} did not take the connection within {min(call.limit, LONGEST_CONNECT):g} s"
        case httpcore.ConnectError():
            return f"no connection to {host}: {text}"
        case httpcore.TimeoutException() if call.status is None:
            return f"{host} did not answer within {call.limit:g} s"
        case httpcore.TimeoutException():
            return f"the answer of {host} was not complete within {call.limit:g} s"
        case httpcore.RemoteProtocolError() if "without sending a response" in text:
            return f"{host} closed the connection without an answer"
        case httpcore.RemoteProtocolError() if "peer closed connection" in text:
            return f"{host} closed the connection in the middle of its answer"
        case httpcore.RemoteProtocolError():
            return f"what {host} sent is not HTTP: {text}"
        case httpcore.NetworkError():
            return f"the connection to {host} broke: {text}"
        case _:
            return f"asking {host} failed: {type(error).__name__}: {text}"
