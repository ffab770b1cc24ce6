"""The connections that requests go over: nothing on one lasts beyond the deadline of its request.

A request is held back until its answer is waited for, and goes out in one piece: so its head and its body share a
packet, where the pool would send two; and there is one moment before its first byte, at which `about_to_send` is
called and may still refuse.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from tracker.lib.clock import elapsed
from tracker.lib.times import SECOND

WRITE_CHUNK = 16384
"""Bytes that are given to the kernel at a time: what fits into one record of TLS. Before each, the deadline counts."""

BEGINNING = 16
"""Bytes of an answer that are remembered."""

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Where there is it, the kernel stops repeating packets that nobody confirms when the answer's time is over: an `add`
that was caught in a broken network must not arrive minutes later."""


class DeadlineBackend(httpcore.SyncBackend):
    """Connects, and lets no read or write last beyond the deadline: httpx's own timeouts start again with each byte.

    The clock goes on while the process or the machine stands still.
    """

    def __init__(self) -> None:
        self._deadline = 0
        #: For the answer, once the request goes out.
        self.answer_seconds = 0.0
        self.about_to_send: Callable[[], None] = lambda: None
        #: The first bytes that came for the newest request; they tell what a server is that does not speak HTTP.
        self.began = b""

    def allow(self, seconds: float) -> None:
        """Set the deadline, so many seconds from now."""
        self._deadline = elapsed() + int(seconds * SECOND)

    def remaining(self, timeout: type[httpcore.TimeoutException]) -> float:
        """Return the seconds until the deadline; raise `timeout` when it has passed."""
        left = self._deadline - elapsed()
        if left <= 0:
            raise timeout
        return left / SECOND

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _DeadlineStream:
        """Open a connection before the deadline."""
        seconds = self.remaining(httpcore.ConnectTimeout)
        stream = super().connect_tcp(host, port, seconds, local_address, socket_options)
        return _DeadlineStream(stream, self)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose operations all end by the backend's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._inner, self._backend = inner, backend
        #: Sent with the next read.
        self.unsent: list[bytes] = []

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._send()
        found = self._inner.read(max_bytes, self._backend.remaining(httpcore.ReadTimeout))
        if len(self._backend.began) < BEGINNING:
            self._backend.began += found[:BEGINNING]
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self.unsent.append(buffer)

    def _send(self) -> None:
        if not self.unsent:
            return
        request, self.unsent = memoryview(b"".join(self.unsent)), []
        self._backend.began = b""
        sock: socket.socket = self._inner.get_extra_info("socket")
        sock.settimeout(0)  # a call that waits could send whenever the process wakes up in it
        if _USER_TIMEOUT is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(self._backend.answer_seconds * 1000))
        self._backend.about_to_send()
        self._backend.allow(self._backend.answer_seconds)
        # A server that closes during the request may have answered before: read on, as the pool does.
        with contextlib.suppress(OSError):
            while request:
                request = request[self._write(sock, request[:WRITE_CHUNK]) :]

    def _write(self, sock: socket.socket, chunk: memoryview) -> int:
        """Give a chunk to the kernel if it has room, or wait for that; return how much it took."""
        seconds = self._backend.remaining(httpcore.WriteTimeout)
        try:
            return sock.send(chunk)
        except ssl.SSLWantReadError:
            _wait(sock, select.POLLIN, seconds)
        except (ssl.SSLWantWriteError, BlockingIOError):
            _wait(sock, select.POLLOUT, seconds)
        return 0

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _DeadlineStream:
        seconds = self._backend.remaining(httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _wait(sock: socket.socket, event: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(sock, event)
    poll.poll(seconds * 1000)
