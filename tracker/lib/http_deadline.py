"""The connections that requests go over: no operation on one lasts beyond the deadline of its request."""

from __future__ import annotations

import contextlib
import ssl
import time
from typing import Any

import httpcore

WRITE_CHUNK = 65536
"""Bytes that are written at a time."""


class DeadlineBackend(httpcore.SyncBackend):
    """Connects, and lets no read or write last beyond the deadline: httpx's own timeouts start again with each byte."""

    def __init__(self) -> None:
        self._deadline = 0.0

    def allow(self, seconds: float) -> None:
        """Set the deadline, so many seconds from now."""
        self._deadline = time.monotonic() + seconds

    def remaining(self, timeout: type[httpcore.TimeoutException]) -> float:
        """Return the seconds until the deadline; raise `timeout` when it has passed."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise timeout
        return seconds

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any
    ) -> _DeadlineStream:
        """Open a connection before the deadline."""
        seconds = self.remaining(httpcore.ConnectTimeout)
        return _DeadlineStream(super().connect_tcp(host, port, seconds, *rest, **more), self)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose operations all end by the backend's deadline.

    What is written is sent when the answer is waited for: so the head of a request and its body share a packet,
    where the pool would send two.
    """

    def __init__(self, inner: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._inner, self._backend = inner, backend
        #: Sent with the next read.
        self.unsent: list[bytes] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._send()
        return self._inner.read(max_bytes, self._backend.remaining(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self.unsent.append(buffer)

    def _send(self) -> None:
        if not self.unsent:
            return
        request, self.unsent = b"".join(self.unsent), []
        # A server that closes during the request may have answered before: read on, as the pool does.
        with contextlib.suppress(httpcore.WriteError):
            for start in range(0, len(request), WRITE_CHUNK):  # the timeout is for one write
                self._inner.write(
                    request[start : start + WRITE_CHUNK], self._backend.remaining(httpcore.WriteTimeout)
                )

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _DeadlineStream:
        seconds = self._backend.remaining(httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
