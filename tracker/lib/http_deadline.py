"""An open connection, on which nothing lasts beyond the deadline of its request.

A request goes out in one piece, so that its head and its body share a packet; and there is one moment before its first
byte, at which `about_to_send` is called and may still refuse.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable

import httpcore

from tracker.lib.clock import elapsed
from tracker.lib.times import SECOND

WRITE_CHUNK = 16384
"""Bytes that are given to the kernel at a time: what fits into one record of TLS. Before each, the deadline counts."""

READ_CHUNK = 64 * 1024
"""Bytes that are taken from the kernel at a time, at most."""

BEGINNING = 16
"""Bytes of an answer that are remembered."""

_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)
"""Where there is it, the kernel stops repeating packets that nobody confirms when the answer's time is over: an `add`
that was caught in a broken network must not arrive minutes later."""


class Deadline:
    """When what is being done must be over. Its clock goes on while the process or the machine stands still."""

    def __init__(self) -> None:
        self._at = 0

    def allow(self, seconds: float) -> None:
        """Set the deadline, so many seconds from now."""
        self._at = elapsed() + int(seconds * SECOND)

    def remaining(self, timeout: type[httpcore.TimeoutException]) -> float:
        """Return the seconds until the deadline; raise `timeout` when it has passed."""
        left = self._at - elapsed()
        if left <= 0:
            raise timeout
        return left / SECOND


def open_stream(host: str, port: int, tls: ssl.SSLContext | None, deadline: Deadline) -> Stream:
    """Open a connection before the deadline, with TLS if there is a context for it; raises what httpcore does."""
    opened = httpcore.SyncBackend().connect_tcp(host, port, deadline.remaining(httpcore.ConnectTimeout))
    if tls is not None:
        tls.set_alpn_protocols(["http/1.1"])
        opened = opened.start_tls(tls, host, deadline.remaining(httpcore.ConnectTimeout))
    return Stream(opened.get_extra_info("socket"), deadline)


class Stream:
    """An open connection whose operations all end by the deadline: a socket's own timeout starts with each byte."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._is_plain = not isinstance(sock, ssl.SSLSocket)
        sock.settimeout(0)  # a call that waits could send whenever the process wakes up in it
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)
        self._user_timeout = 0
        #: The first bytes that came for the newest request; they tell what a server is that does not speak HTTP.
        self.began = b""

    def send(self, request: bytes, seconds: float, about_to_send: Callable[[], None]) -> None:
        """Call `about_to_send`, and send the request unless that raises; `seconds` are for this and the answer."""
        self.began = b""
        self._limit_repeats(int(seconds * 1000))
        about_to_send()
        self._deadline.allow(seconds)
        # A server that closes during the request may have answered before: read on.
        with contextlib.suppress(OSError):
            rest = memoryview(request)
            while rest:
                rest = rest[self._write(rest[:WRITE_CHUNK]) :]

    def receive(self) -> bytes:
        """Return what comes next; nothing when the server has ended the connection. ReadError when it broke."""
        self._deadline.remaining(httpcore.ReadTimeout)
        if self._is_plain:  # TLS may hold what the kernel no longer has
            self._wait(self._readable)
        while True:
            try:
                found = self._sock.recv(READ_CHUNK)
                break
            except (ssl.SSLWantReadError, BlockingIOError):
                self._wait(self._readable)
            except ssl.SSLWantWriteError:
                self._wait(self._writable())
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
        if len(self.began) < BEGINNING:
            self.began += found[:BEGINNING]
        return found

    def is_readable(self) -> bool:
        """Tell whether something came, or the end of the connection."""
        return bool(self._readable.poll(0))

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()

    def _limit_repeats(self, milliseconds: int) -> None:
        if _USER_TIMEOUT is not None and milliseconds != self._user_timeout:
            self._sock.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, milliseconds)
            self._user_timeout = milliseconds

    def _write(self, chunk: memoryview) -> int:
        """Give a chunk to the kernel if it has room, or wait for that; return how much it took."""
        seconds = self._deadline.remaining(httpcore.WriteTimeout)
        try:
            return self._sock.send(chunk)
        except ssl.SSLWantReadError:
            self._readable.poll(seconds * 1000)
        except (ssl.SSLWantWriteError, BlockingIOError):
            self._writable().poll(seconds * 1000)
        return 0

    def _writable(self) -> select.poll:
        poll = select.poll()
        poll.register(self._sock, select.POLLOUT)
        return poll

    def _wait(self, poll: select.poll) -> None:
        poll.poll(self._deadline.remaining(httpcore.ReadTimeout) * 1000)
