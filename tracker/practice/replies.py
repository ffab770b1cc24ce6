"""An answer and how it is sent: whole, byte by byte, cut, or not at all."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from threading import Event
from typing import Any

from tracker.practice import http11
from tracker.practice.http11 import Headers

DRIP_S = 0.2
OVERSIZE = 64 * 1024 * 1024
_BLOCK = b" " * 65_536


class SendMode(Enum):
    """How an answer reaches the client."""

    WHOLE = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    CUT = auto()
    DRIP_BODY = auto()
    DRIP_HEAD = auto()
    OVERSIZE = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `seconds`: how long a hanging one waits before it closes; None: until the client closes."""

    body: bytes = b""
    status: int = 200
    type: str = http11.JSON
    headers: Headers = ()
    mode: SendMode = SendMode.WHOLE
    seconds: float | None = None

    def head(self, length: int, *, keep_alive: bool = False) -> bytes:
        """The head of this answer, for a body of `length` bytes."""
        close = () if keep_alive else (("Connection", "close"),)
        named = (("Content-Type", self.type), ("Content-Length", str(length)))
        return http11.head(self.status, (*named, *self.headers, *close))


def deliver(sock: socket.socket, reply: Reply, stopping: Event, *, keep_alive: bool) -> bool:
    """Send an answer in its mode; True when the connection may serve another request."""
    if reply.mode is SendMode.WHOLE:
        sock.sendall(reply.head(len(reply.body), keep_alive=keep_alive) + reply.body)
        return keep_alive
    # In most of these modes the client is expected to give up before the end.
    with suppress(OSError):
        _SENDERS[reply.mode](sock, reply, stopping)
    return False


def _close(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    """Send nothing; the connection is closed normally."""


def _reset(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    """Make the close that follows a reset (RST)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _hang(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    sock.settimeout(reply.seconds)
    while sock.recv(4096):
        pass


def _cut(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    sock.sendall(reply.head(len(reply.body)) + reply.body[: len(reply.body) // 2])


def _drip(sock: socket.socket, data: bytes, stopping: Event) -> None:
    for index in range(len(data)):
        sock.sendall(data[index : index + 1])
        if stopping.wait(DRIP_S):
            return


def _drip_body(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    sock.sendall(reply.head(len(reply.body)))
    _drip(sock, reply.body, stopping)


def _drip_head(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    _drip(sock, reply.head(len(reply.body)) + reply.body, stopping)


def _oversize(sock: socket.socket, reply: Reply, stopping: Event) -> None:
    """Send 64 MiB of spaces, and only then the correct answer."""
    sock.sendall(reply.head(OVERSIZE + len(reply.body)))
    for _ in range(OVERSIZE // len(_BLOCK)):
        if stopping.is_set():
            return
        sock.sendall(_BLOCK)
    sock.sendall(reply.body)


_SENDERS: dict[SendMode, Callable[[socket.socket, Reply, Event], Any]] = {
    SendMode.CLOSE: _close,
    SendMode.RESET: _reset,
    SendMode.HANG: _hang,
    SendMode.CUT: _cut,
    SendMode.DRIP_BODY: _drip_body,
    SendMode.DRIP_HEAD: _drip_head,
    SendMode.OVERSIZE: _oversize,
}
