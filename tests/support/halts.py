"""Stops a daemon in the middle of an `add`, as a paused machine or a swap storm would, and lets it continue."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from tests.support.servers import tls_server

CLAIMED = (b"INSERT INTO attempts", b"C\0\0\0\x0bCOMMIT\0")
"""The server has committed the intent: its own message of that (the client's begins with a Q)."""

CHECKED = (*CLAIMED, b"pg_locks", b"SELECT 1\0", b"pg_locks", b"SELECT 1\0")
"""The server has told for the second time that the lease is held: the last answer before the first byte."""


class Halt:
    """Stops a process once, at the point that it comes to; until it is aimed it stops nothing."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._lock = threading.Lock()
        self.happened = threading.Event()

    def aim(self, pid: int) -> None:
        """Stop this process at the next point."""
        self._pid = pid

    def here(self) -> None:
        """Stop the process, if it is aimed at and was not stopped yet; return when it does nothing any more."""
        with self._lock:
            if self._pid is None or self.happened.is_set():
                return
            os.kill(self._pid, signal.SIGSTOP)
            while state_of(self._pid) != "T":
                time.sleep(0.001)
            self.happened.set()

    def end(self) -> None:
        """Let it continue."""
        assert self._pid is not None
        os.kill(self._pid, signal.SIGCONT)


def state_of(pid: int) -> str:
    """The state letter of a process: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Relay:
    """Passes bytes on between those who connect and a server, and shows each chunk to its owner first."""

    def __init__(self, listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
        self._listener = listener
        self._connect = connect
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._passing = threading.Lock()
        self._silently = False

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        _shut(self._listener)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for end in (end for pair in self._pairs for end in pair):
            end.close()

    def cut(self, *, silently: bool = False) -> None:
        """End every connection, on both sides; `silently`: the client learns of it when it next says something."""
        self._silently = silently
        with self._passing:
            for client, server in self._pairs:
                for end in (server,) if silently else (client, server):
                    _shut(end)

    def accepted(self, sock: socket.socket) -> socket.socket:
        """Return the connection as the relay is to use it."""
        return sock

    def seen(self, server: socket.socket, chunk: bytes) -> None:
        """See what goes to the server or comes from it, before it is passed on."""

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client = self.accepted(sock)
            server = self._connect()
            self._pairs.append((client, server))
            self._start(self._pass_on, client, server, server)
            self._pass_on(server, client, server)

    def _pass_on(self, source: socket.socket, target: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                with self._passing:
                    self.seen(server, chunk)
                    target.sendall(chunk)
        if source is not server or not self._silently:
            _shut(source)
            _shut(target)


class DatabaseRelay(Relay):
    """In front of a PostgreSQL server: calls back when an `add` has come to a point of its conversation.

    What the server has answered is passed on after that.
    """

    def __init__(self, server: Path, point: Sequence[bytes], reached: Callable[[], None]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-relay-"))
        self._reached = reached
        self._awaited = list(point)
        self._its: socket.socket | None = None
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / ".s.PGSQL.5432"))
        listener.listen(16)
        super().__init__(listener, lambda: _unix(server / ".s.PGSQL.5432"))

    def __exit__(self, *_exc: object) -> None:
        super().__exit__()
        shutil.rmtree(self.folder)

    def seen(self, server: socket.socket, chunk: bytes) -> None:
        if self._its in (None, server) and self._awaited and self._awaited[0] in chunk:
            self._its = server
            del self._awaited[0]
            if not self._awaited:
                self._reached()


class TlsRelay(Relay):
    """In front of a panel: speaks TLS, and makes its halt in the middle of a handshake once it is `armed`."""

    def __init__(self, port: int, halt: Halt) -> None:
        self._halt = halt
        self.armed = threading.Event()
        self._tls = tls_server()
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        super().__init__(listener, lambda: socket.create_connection(("127.0.0.1", port)))

    def accepted(self, sock: socket.socket) -> socket.socket:
        sock.recv(1, socket.MSG_PEEK)  # the client has begun
        if self.armed.is_set():
            self._halt.here()
        with contextlib.suppress(ssl.SSLError):
            return self._tls.wrap_socket(sock, server_side=True)
        raise OSError


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _unix(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(path))
    return sock
