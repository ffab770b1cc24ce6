"""The port: takes connections in a thread of its own, and gives whole requests to the app in a few others.

waitress was chosen because it reads a request whole, and writes an answer whole, before and after a thread works on it:
a slow client keeps a buffer and never a thread. It is one thread and some 2 MiB; it needs nothing else, and nothing of
asyncio, which the daemon does not use.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from tracker.web.routes import GATEWAY

THREADS = 4
"""Requests that are answered at a time."""

CONNECTIONS = 200
"""Connections that are held at a time; more wait in the system's own line."""

LARGEST_BODY = 4 * 1024 * 1024
LARGEST_HEADERS = 16 * 1024

IDLE_S = 30
"""Seconds after which a connection that says nothing is closed."""

REQUEST_S = 20
"""Seconds within which a request must have come whole."""

LINE = 64
"""Connections that the system lets wait."""

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""


class CannotListen(Exception):
    """The port cannot be had; the text says why and what to do."""


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """The answer to what no app sees, because it is too large or no HTTP: in JSON where a program asked for it."""

    def execute(self) -> None:
        if self.request.path != GATEWAY:
            super().execute()
            return
        error = self.request.error
        body = json.dumps({"error": f"{error.reason}: {error.body}"}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that remembers since when its request has been coming in."""

    error_task_class = _Refusal
    began_at: float | None = None

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.began_at = time.monotonic()
        return bool(super().received(data))


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress' server, which also closes what sends its request drop by drop."""

    channel_class = _Channel

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        late = time.monotonic() - REQUEST_S
        for channel in self.active_channels.values():
            if channel.request is not None and (channel.began_at or late) < late and not channel.requests:
                channel.will_close = True


class Server:
    """Answers on one address until it is closed."""

    def __init__(self, app: App, listen: str) -> None:
        """Take the port; CannotListen when it cannot be had. `app` may be replaced at any time."""
        self.app = app
        logging.getLogger("waitress").setLevel(
            logging.ERROR
        )  # its warnings are about load, which strangers can make
        self._channels: dict[int, Any] = {}
        bound = _bound(listen)
        limits = Adjustments(
            sockets=[bound],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            backlog=LINE,
            max_request_body_size=LARGEST_BODY,
            max_request_header_size=LARGEST_HEADERS,
            channel_timeout=IDLE_S,
            cleanup_interval=5,
            clear_untrusted_proxy_headers=True,
            ident=None,
            asyncore_use_poll=True,
        )
        answering = ThreadedTaskDispatcher()
        answering.set_thread_count(THREADS)
        where = (bound.family, bound.type, bound.proto, bound.getsockname())
        self._server = _Server(
            lambda environ, start_response: self.app(environ, start_response),
            self._channels,
            True,
            bound,
            dispatcher=answering,
            adj=limits,
            bind_socket=False,
            sockinfo=where,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port; what the system chose for port 0."""
        return int(self._server.effective_port)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more, and give the port back."""
        self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(timeout=5)
        self._server.task_dispatcher.shutdown(timeout=5)

    def _close_all(self) -> None:
        for channel in list(self._channels.values()):
            channel.close()
        self._channels.clear()


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        raise CannotListen(
            f"the page cannot listen on {listen}: {error.strerror or error}; change `web.listen`, or stop the program "
            "that uses the port"
        ) from None
    return made
