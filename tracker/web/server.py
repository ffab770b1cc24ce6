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
from dataclasses import dataclass
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.wasyncore import dispatcher

from tracker.web.guards import HEADERS
from tracker.web.ration import Ration
from tracker.web.rests import Rests
from tracker.web.routes import is_gateway

THREADS, GATEWAY_THREADS = 3, 2
"""Requests of people, and of programs that order, that are answered at a time: neither waits for the others."""

CONNECTIONS = 200
"""Connections that are held at a time; more wait in the system's own line."""

LARGEST_BODY = 4 * 1024 * 1024
LARGEST_HEADERS = 16 * 1024

KEPT_IN_MEMORY = 64 * 1024
"""Bytes of a request that are kept in memory; what is larger comes in on the disk."""

LINE = 64
"""Connections that the system lets wait."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take; lengths are in seconds."""

    #: A connection that says nothing is closed after this.
    idle_s: float = 30
    #: Within this a request must have come whole.
    request_s: float = 20
    #: Within this an answer must have been read, and the next request begun, sent and taken.
    exchange_s: float = 60
    #: The part of a processor core that answers to people may take all together; what is asked beyond it waits.
    share: float = 0.1


DEFAULT = Limits()

SAVED_S = 1.0
"""Seconds of the processor's time that are saved up while nobody asks: a page comes at once."""

LONGEST_REST_S = 5.0
"""However much was asked before, a request waits no longer than this for its turn."""

CLOSE_S = 2.0
"""Seconds that a stop waits for answers that are being made."""

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""


class CannotListen(Exception):
    """The port cannot be had; the text says why and what to do."""


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """The answer to what no app sees, because it is too large or no HTTP: in JSON where a program asked for it."""

    def execute(self) -> None:
        self.response_headers.extend(HEADERS.items())
        if not is_gateway(getattr(self.request, "path", "")):
            super().execute()
            return
        error = self.request.error
        body = json.dumps({"error": f"{error.reason}: {error.body}"}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Task(WSGITask):  # type: ignore[misc]
    """One request for the app; a client that it refuses because it tries too much is slowed."""

    def write(self, data: bytes) -> None:
        if self.status.startswith("429"):  # before the answer is out, or the next request could come first
            self.channel.rest_until = self.channel.server.rests.begin(self.channel.addr[0])
        super().write(data)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that takes one request at a time, and knows how long each step of it has taken."""

    task_class, error_task_class = _Task, _Refusal

    def __init__(self, server: _Server, sock: Any, addr: Any, *more: Any, **named: Any) -> None:
        self.began_at = self.spoke_at = self.answered_at = time.monotonic()
        self.is_answering = False
        self.rest_until = server.rests.until(addr[0])
        super().__init__(server, sock, addr, *more, **named)

    def readable(self) -> bool:
        return time.monotonic() >= self.rest_until and bool(super().readable())

    def received(self, data: bytes) -> bool:
        self.spoke_at = time.monotonic()
        if self.request is None:
            self.began_at = self.spoke_at
        is_taken = bool(super().received(data))
        with self.requests_lock:
            # No browser sends the next request before it has the answer; one who never reads would fill the memory.
            for request in self.requests[1:]:
                request.close()
            del self.requests[1:]
        return is_taken

    def service(self) -> None:
        self.is_answering = True
        is_for_gateway, began = self.is_for_gateway, time.thread_time()
        if not is_for_gateway:
            self.server.wait_for_turn()
        try:
            super().service()
        finally:
            self.spoke_at = self.answered_at = time.monotonic()
            self.is_answering = False
            if not is_for_gateway:
                self.server.ration.take(time.thread_time() - began)

    @property
    def is_for_gateway(self) -> bool:
        """Whether a program orders: what it asks for is limited by its key."""
        return bool(self.requests) and is_gateway(getattr(self.requests[0], "path", ""))

    def is_late(self, limits: Limits) -> bool:
        """Tell whether a client has been silent for long, or has sent or read too slowly."""
        if self.requests or self.is_answering:
            return False
        now = time.monotonic()
        is_drip = self.request is not None and now - self.began_at > limits.request_s
        return is_drip or now - self.spoke_at > limits.idle_s or now - self.answered_at > limits.exchange_s


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress' server, which also closes what is slow, and rations what people ask."""

    channel_class = _Channel

    def __init__(self, app: App, limits: Limits, **named: Any) -> None:
        self.limits = limits
        self.ration = Ration(limits.share, SAVED_S, time.monotonic)
        self.closing = threading.Event()
        self.for_gateway = _threads(GATEWAY_THREADS)
        self.rests = Rests(time.monotonic)
        super().__init__(app, dispatcher=_threads(THREADS), **named)

    def add_task(self, channel: _Channel) -> None:
        chosen = self.for_gateway if channel.is_for_gateway else self.task_dispatcher
        chosen.add_task(channel)

    def wait_for_turn(self) -> None:
        """Rest while people have taken more than their part."""
        if rest := self.ration.rest_s():
            self.closing.wait(min(rest, LONGEST_REST_S))

    def maintenance(self, _now: float) -> None:
        for channel in self.active_channels.values():
            if channel.is_late(self.limits):
                channel.will_close = True

    def close(self) -> None:
        """Take no more connections.

        The trigger stays open: whoever has made an answer still writes to it, and its number could be that of
        another file by then.
        """
        dispatcher.close(self)

    def end_threads(self) -> None:
        """Wait a moment for the answers that are being made."""
        self.closing.set()
        for threads in (self.task_dispatcher, self.for_gateway):
            threads.shutdown(timeout=CLOSE_S)

    @property
    def is_answering(self) -> bool:
        """Whether a thread still makes an answer."""
        return bool(self.task_dispatcher.threads or self.for_gateway.threads)


def _threads(count: int) -> ThreadedTaskDispatcher:
    made = ThreadedTaskDispatcher()
    made.set_thread_count(count)
    return made


class Server:
    """Answers on one address until it is closed."""

    def __init__(self, app: App, listen: str, limits: Limits = DEFAULT) -> None:
        """Take the port; CannotListen when it cannot be had. `app` may be replaced at any time."""
        self.app = app
        # Its warnings are about load and broken requests, which strangers can make at will.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self._channels: dict[int, Any] = {}
        bound = _bound(listen)
        where = (bound.family, bound.type, bound.proto, bound.getsockname())
        self._server = _Server(
            lambda environ, start_response: self.app(environ, start_response),
            limits,
            map=self._channels,
            _sock=bound,
            adj=_adjustments(bound, limits),
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
        if self._server.closing.is_set():
            return
        self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(timeout=CLOSE_S)
        self._server.end_threads()
        if not self._thread.is_alive() and not self._server.is_answering:
            self._server.trigger.close()

    def _close_all(self) -> None:
        for channel in list(self._channels.values()):
            if channel is not self._server.trigger:
                channel.close()
        self._channels.clear()


def _adjustments(bound: socket.socket, limits: Limits) -> Adjustments:
    return Adjustments(
        sockets=[bound],
        connection_limit=CONNECTIONS,
        backlog=LINE,
        inbuf_overflow=KEPT_IN_MEMORY,
        max_request_body_size=LARGEST_BODY,
        max_request_header_size=LARGEST_HEADERS,
        cleanup_interval=min(5, limits.request_s / 4),
        clear_untrusted_proxy_headers=True,
        ident=None,
        asyncore_use_poll=True,
    )


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise CannotListen(
            f"the page cannot listen on {listen}: {error.strerror or error}; change `web.listen`, or stop the program "
            "that uses the port"
        ) from None
    return made
