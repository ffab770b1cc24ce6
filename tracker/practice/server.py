"""A small HTTP server on loopback: one thread per connection. It knows nothing about panels."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tracker.practice.http11 import BadRequest, Request, read_request
from tracker.practice.mutations import encode
from tracker.practice.replies import Reply, deliver

Afterwards = Callable[[], None]
Respond = Callable[[Request], tuple[Reply, Afterwards | None]]


class LoopbackServer:
    """Answers requests with `respond` until it is stopped.

    What `respond` returns besides the reply is called when the connection is closed, in its thread.
    The constructor raises OSError when the port is taken.
    """

    def __init__(self, respond: Respond, port: int = 0) -> None:
        self.stopping = threading.Event()
        self._respond = respond
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="practice-accept", daemon=True)

    def start(self) -> None:
        """Begin to accept connections."""
        self._acceptor.start()

    def stop(self) -> None:
        """Cut every connection, including hanging ones, and wait for their threads."""
        self.stopping.set()
        if self._acceptor.is_alive():
            with suppress(OSError):  # wakes the acceptor
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            self._acceptor.join()
        self._listener.close()
        with self._lock:
            connections = dict(self._open)
        for sock in connections.values():
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self.stopping.is_set():
                sock.close()
                return
            # Without it each answer on a kept connection takes 44 ms longer (Nagle against delayed ACK).
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(
                target=self._serve, args=(sock,), name="practice-connection", daemon=True
            )
            with self._lock:
                self._open[thread] = sock
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            afterwards = self._serve_connection(sock)
            if afterwards is not None:
                afterwards()
        finally:
            with self._lock:
                del self._open[threading.current_thread()]

    def _serve_connection(self, sock: socket.socket) -> Afterwards | None:
        """Serve one connection to its end; returns what to call after that."""
        afterwards: Afterwards | None = None
        with sock, sock.makefile("rb") as stream, suppress(OSError):
            keep_open = True
            while keep_open:
                try:
                    request = read_request(stream)
                except BadRequest as fault:
                    sock.sendall(_refused(fault))
                    break
                if request is None:
                    break
                reply, afterwards = self._respond(request)
                keep_alive = request.keep_alive and afterwards is None
                keep_open = deliver(sock, reply, self.stopping, keep_alive=keep_alive)
        return afterwards


def _refused(fault: BadRequest) -> bytes:
    body = encode({"error": str(fault)})
    return Reply(status=400).head(len(body)) + body
