"""The server of the page: what happens as it closes."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from tracker.web.server import Server


class Slow:
    """An application that answers only when it is let."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Wait, and say hello."""
        self.is_asked.set()
        self.may_answer.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]


def test_an_answer_that_is_made_while_the_server_closes_does_no_harm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR, "waitress")
    app = Slow()
    server = Server(app, "127.0.0.1:0")
    server.start()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert app.is_asked.wait(10)
        closing = threading.Thread(target=server.close)
        closing.start()
        client.settimeout(10)
        assert client.recv(100) == b""
        app.may_answer.set()
        closing.join(10)

    assert not closing.is_alive()
    assert caplog.messages == []


def test_a_server_that_has_just_answered_closes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "waitress")
    for _ in range(100):
        app = Slow()
        app.may_answer.set()
        server = Server(app, "127.0.0.1:0")
        server.start()
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert app.is_asked.wait(10)
            server.close()

    assert caplog.messages == []
