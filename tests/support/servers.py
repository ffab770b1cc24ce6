"""Real servers on loopback for tests: they do over raw TCP exactly what a script says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class Conversation:
    """One connection as the script sees it; every byte that it received is in `received`."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self.sock = sock
        self.stopping = stopping
        self.received = bytearray()
        self._read = 0

    def request(self) -> bytes:
        """Read one whole request, head and body; if the client closes before, what it sent so far."""
        start = self._read
        while (end := self._end_of_request(start)) is None:
            chunk = self.sock.recv(65536)
            if not chunk:
                return bytes(self.received[start:])
            self.received += chunk
        self._read = end
        return bytes(self.received[start:end])

    def _end_of_request(self, start: int) -> int | None:
        head, found, _ = bytes(self.received[start:]).partition(b"\r\n\r\n")
        if not found:
            return None
        lengths = [
            line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        ]
        end = start + len(head) + 4 + (int(lengths[0]) if lengths else 0)
        return end if len(self.received) >= end else None

    def send(self, *chunks: bytes, every: float = 0) -> None:
        """Send chunks, one every `every` seconds."""
        for chunk in chunks:
            if self.stopping.is_set():
                return
            self.sock.sendall(chunk)
            if every:
                time.sleep(every)

    def answer(
        self, body: bytes = b'{"ok": 1}', status: str = "200 OK", *headers: str, length: int | None = None
    ) -> None:
        """Send an HTTP answer; `length` is a false length of the body."""
        size = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Break the connection with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def hang(self) -> None:
        """Send nothing until the client closes or the test ends."""
        while not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                self.sock.settimeout(0.02)
                chunk = self.sock.recv(65536)
                if not chunk:
                    return
                self.received += chunk


CERTIFICATE = Path(__file__).parent / "loopback.pem"


def tls_server() -> ssl.SSLContext:
    """The context of a server on 127.0.0.1 with a certificate that only `tls_client` trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def tls_client() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


Script = Callable[[Conversation], None]


class ScriptedServer:
    """Plays one script per connection, the last one for all that follow; it keeps every byte that it received."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, backlog: int = 16) -> None:
        self._scripts = list(scripts)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port: int = self._listener.getsockname()[1]
        self.conversations: list[Conversation] = []
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/api/v1"

    @property
    def received(self) -> bytes:
        """Everything received on all connections."""
        return b"".join(bytes(talk.received) for talk in list(self.conversations))

    @property
    def posts(self) -> int:
        """How many POSTs began, over all connections."""
        return self.received.count(b"POST /")

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "a script did not end"

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            self._start(self._play, sock, script)

    def _play(self, sock: socket.socket, script: Script) -> None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(5)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            talk = Conversation(sock, self._stopping)
            self.conversations.append(talk)
            script(talk)
        with contextlib.suppress(OSError):
            sock.close()
