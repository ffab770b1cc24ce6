from __future__ import annotations

import gc
import gzip
import logging
import re
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import parse_qs

import pytest

from tests.support.project import eventually
from tests.support.servers import Conversation, Script, ScriptedServer, tls_client, tls_server
from tracker.lib.times import SECOND
from tracker.panel.client import ApiKey, CallLimits, PanelClient
from tracker.panel.exchange import Exchange, Request

KEY = "k3y/with+signs&öthers=0123456789"
ADD = Request(
    "add",
    {"action": "add", "service": "4", "link": "https://x.test/a?b=1&c=2", "comments": "one\ntwo & <three>"},
    {"action": "add"},
)
STATUS = Request("status", {"action": "status", "orders": "1,2"}, {"action": "status"})


@contextmanager
def panel_at(
    url: str,
    *,
    key_field: str = "key",
    timeout: float = 1,
    add_timeout: float = 1,
    calls_per_second: float = 1e6,
    connections: int = 4,
    tls: ssl.SSLContext | None = None,
) -> Iterator[PanelClient]:
    """A client of the panel at a URL; times are in seconds."""
    limits = CallLimits(round(timeout * SECOND), round(add_timeout * SECOND), calls_per_second, connections)
    panel = PanelClient(url, ApiKey(KEY, key_field), limits, tls=tls)
    try:
        yield panel
    finally:
        panel.close()


def add_to(script: Script, add_timeout: float = 1) -> tuple[Exchange, ScriptedServer]:
    with ScriptedServer(script) as server, panel_at(server.url, add_timeout=add_timeout) as panel:
        return panel.send_once(ADD), server


def answering(body: bytes = b'{"order": 7}', status: str = "200 OK", *headers: str, **more: int) -> Script:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(body, status, *headers, **more)
        talk.hang()

    return script


def serving(talk: Conversation) -> None:
    """Answer every request on the connection."""
    while talk.request():
        talk.answer()


# -- what is sent ---------------------------------------------------------------------------------------


def test_the_key_is_sent_in_the_form_and_nowhere_else() -> None:
    exchange, server = add_to(answering())
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v1?action=add HTTP/1.1\r\n")
    assert parse_qs(body.decode()) == {**{name: [value] for name, value in ADD.form.items()}, "key": [KEY]}
    assert b"k3y" not in head
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    assert b"accept-encoding: gzip, deflate\r\n" in head.lower()
    assert b"user-agent: tracker/" in head.lower()
    assert exchange.request == ADD


def test_the_urls_own_query_is_kept_and_the_key_is_sent_under_the_given_name() -> None:
    with ScriptedServer(answering()) as server:
        with panel_at(server.url + "?v=2", key_field="api_token") as panel:
            panel.call(STATUS)
        assert b"POST /api/v1?v=2&action=status HTTP/1.1" in server.received
        assert b"&api_token=k3y" in server.received


def test_a_whole_answer_is_returned_as_it_was_sent() -> None:
    exchange, server = add_to(
        answering(
            b'{"order": 7}',
            "200 OK",
            "Content-Type: text/html",
            "Retry-After: 9",
            "Set-Cookie: s=1",
            "X-Odd: 1",
        )
    )
    assert exchange.sent
    assert exchange.whole
    assert (exchange.status, exchange.body, exchange.error) == (200, b'{"order": 7}', None)
    assert exchange.headers == {"content-length": "12", "content-type": "text/html", "retry-after": "9"}
    assert server.posts == 1


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        ("text/html; charset=Windows-1251", "windows-1251"),
        ('a/b; CHARSET="utf-8"', "utf-8"),
        ("text/html", None),
    ],
)
def test_a_body_is_left_as_bytes_and_its_charset_is_told(header: str, charset: str | None) -> None:
    exchange, _ = add_to(answering("заказ".encode("cp1251"), "200 OK", f"Content-Type: {header}"))
    assert exchange.body == "заказ".encode("cp1251")
    assert exchange.charset == charset


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_an_answer_and_never_followed(status: str) -> None:
    with ScriptedServer(answering(b"", "200 OK")) as elsewhere:
        exchange, server = add_to(answering(b"", status, f"Location: {elsewhere.url}/"))
        assert exchange.status == int(status[:3])
        assert exchange.headers["location"] == f"{elsewhere.url}/"
        assert server.posts == 1
        assert elsewhere.received == b""


def test_cookies_and_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    def script(talk: Conversation) -> None:
        while talk.request():
            talk.answer(b"{}", "200 OK", "Set-Cookie: session=1; Path=/")

    with ScriptedServer(script) as server, panel_at(server.url) as panel:
        assert panel.call(STATUS).status == 200
        assert panel.call(STATUS).status == 200
        assert b"cookie:" not in server.received.lower()


# -- never sent -----------------------------------------------------------------------------------------


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with panel_at(f"http://127.0.0.1:{port}/") as panel:
        exchange = panel.send_once(ADD)
    assert not exchange.sent
    assert exchange.status is None
    assert (
        exchange.error
        == f"127.0.0.1:{port} takes no connections; check the address and its port, or its server is down"
    )


def test_a_connection_that_never_opens_proves_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        with socket.create_connection(("127.0.0.1", port)), panel_at(url, add_timeout=0.2) as panel:
            exchange = panel.send_once(ADD)
    assert not exchange.sent
    assert exchange.error is not None
    assert exchange.error.startswith(f"127.0.0.1:{port} did not take the connection within 0.2 s; ")


@pytest.mark.parametrize("what", ["plain text", "close", "reset", "hang"])
def test_a_tls_handshake_that_fails_proves_that_nothing_was_sent(what: str) -> None:
    def script(talk: Conversation) -> None:
        match what:
            case "plain text":
                talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            case "close":
                talk.sock.recv(1)
            case "reset":
                talk.sock.recv(1)
                talk.reset()
            case "hang":
                talk.hang()

    with ScriptedServer(script) as server:
        with panel_at(server.url.replace("http:", "https:"), add_timeout=0.3) as panel:
            exchange = panel.send_once(ADD)
        assert (exchange.sent, exchange.status) == (False, None)
        assert exchange.error
        assert b"POST" not in server.received


def test_text_that_cannot_be_encoded_is_never_sent() -> None:
    with ScriptedServer(answering()) as server, panel_at(server.url) as panel:
        exchange = panel.send_once(Request("add", {"action": "add", "link": "\ud800"}))
        assert not exchange.sent
        assert exchange.error is not None
        assert server.received == b""


def test_after_close_nothing_is_sent() -> None:
    with ScriptedServer(answering()) as server, panel_at(server.url) as panel:
        panel.close()
        for exchange in (panel.call(STATUS), panel.send_once(ADD)):
            assert not exchange.sent
            assert exchange.error == "nothing was sent, because the tracker is stopping"
            assert exchange.took is None
        assert server.received == b""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tagrani.com/api",
        "ftp://x.test/",
        "http://",
        "http://[::1",
        "https://u:secret-word@x.test/",
        "http://x\n/",
    ],
)
def test_a_url_that_cannot_be_called_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match=r"the url (must|cannot)") as caught, panel_at(url):
        pass
    assert "secret-word" not in str(caught.value)


# -- sent, and then a fault -----------------------------------------------------------------------------


def _read_then(act: Callable[[Conversation], None]) -> Script:
    def script(talk: Conversation) -> None:
        talk.request()
        act(talk)

    return script


def _cut_then(act: Callable[[Conversation], None]) -> Script:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(b'{"or', length=99)
        time.sleep(0.05)
        act(talk)

    return script


FAULTS: dict[str, tuple[Script, int | None, bytes, str]] = {
    "accepts and closes": (lambda talk: None, None, b"", "broke|closed the connection without an answer"),
    "reads and closes": (_read_then(lambda talk: None), None, b"", "closed the connection without an answer"),
    "reads and resets": (_read_then(lambda talk: talk.reset()), None, b"", "broke before its answer"),
    "reads and hangs": (_read_then(lambda talk: talk.hang()), None, b"", r"did not answer within 0\.3 s"),
    "half a status line": (
        _read_then(lambda talk: talk.send(b"HTTP/1.1 20")),
        None,
        b"",
        "closed the connection in the middle",
    ),
    "garbage": (_read_then(lambda talk: talk.send(b"\x00\x01rubbish\r\n\r\n")), None, b"", "is not HTTP"),
    "huge headers": (
        _read_then(lambda talk: talk.send(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000)),
        None,
        b"",
        "more headers than can be read|broke",
    ),
    "body cut": (
        _read_then(lambda talk: talk.answer(b'{"or', length=99)),
        200,
        b'{"or',
        "middle of its answer",
    ),
    "body cut by reset": (
        _cut_then(lambda talk: talk.reset()),
        200,
        b'{"or',
        "broke",
    ),
    "chunks cut": (
        _read_then(
            lambda talk: talk.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ord\r\n')
        ),
        200,
        b'{"ord',
        "middle of its answer",
    ),
    "body hangs": (
        _cut_then(lambda talk: talk.hang()),
        200,
        b'{"or',
        r"not complete within 0\.3 s",
    ),
    "unknown encoding": (
        _read_then(lambda talk: talk.answer(b"abc", "200 OK", "Content-Encoding: br")),
        200,
        b"",
        "compressed with 'br'",
    ),
    "damaged gzip": (
        _read_then(lambda talk: talk.answer(b"no gzip at all", "200 OK", "Content-Encoding: gzip")),
        200,
        b"",
        "damaged",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lost_answer_is_never_proof_that_nothing_was_sent(fault: str) -> None:
    script, status, body, pattern = FAULTS[fault]
    exchange, server = add_to(script, add_timeout=0.3)
    assert exchange.sent
    assert not exchange.whole
    assert (exchange.status, exchange.body) == (status, body)
    assert exchange.error is not None
    assert re.search(pattern, exchange.error), exchange.error
    assert server.posts <= 1
    assert len(server.conversations) == 1
    assert "k3y" not in exchange.error


def test_a_gzip_body_is_decompressed() -> None:
    exchange, _ = add_to(answering(gzip.compress(b'{"order": 7}'), "200 OK", "Content-Encoding: gzip"))
    assert (exchange.body, exchange.whole) == (b'{"order": 7}', True)


def test_deflate_is_decompressed_with_and_without_its_header() -> None:
    raw = zlib.compressobj(wbits=-15)
    for compressed in (zlib.compress(b"{}"), raw.compress(b"{}") + raw.flush()):
        exchange, _ = add_to(answering(compressed, "200 OK", "Content-Encoding: deflate"))
        assert (exchange.body, exchange.whole) == (b"{}", True)


def test_a_gzip_body_cut_short_is_not_whole() -> None:
    compressed = gzip.compress(b'{"order": 1234567, "more": "words that take some room"}')
    exchange, _ = add_to(answering(compressed[:-9], "200 OK", "Content-Encoding: gzip"))
    assert exchange.status == 200
    assert not exchange.whole
    assert exchange.error == "the compressed body of the answer was cut short"


def test_an_answer_without_a_length_ends_where_the_connection_ends() -> None:
    exchange, _ = add_to(_read_then(lambda talk: talk.send(b"HTTP/1.1 200 OK\r\n\r\n{}")))
    assert (exchange.body, exchange.whole, exchange.error) == (b"{}", True, None)


def test_a_gzip_bomb_costs_no_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(150)) + packer.flush()
    gc.collect()
    tracemalloc.start()
    try:
        exchange, _ = add_to(answering(bomb, "200 OK", "Content-Encoding: gzip"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not exchange.whole
    assert exchange.error == "the answer is longer than the limit of 1,048,576 bytes"
    assert len(exchange.body) == 1 << 20
    assert peak < 20 << 20


def test_reading_stops_when_a_body_exceeds_the_limit() -> None:
    exchange, _ = add_to(answering(b"x" * (5 << 20)))
    assert not exchange.whole
    assert exchange.error == "the answer is longer than the limit of 1,048,576 bytes (it has 5,242,880)"


def test_the_limit_for_a_catalogue_is_higher() -> None:
    body = b"[" + b" " * (5 << 20) + b"]"
    with ScriptedServer(answering(body)) as server, panel_at(server.url, timeout=5.0) as panel:
        exchange = panel.call(Request("services", {"action": "services"}))
    assert (exchange.body, exchange.whole) == (body, True)


@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_arrives_byte_by_byte_ends_at_the_deadline(where: str) -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\nX: " + b"x" * 2000 + b"\r\n\r\n"
        if where == "body":
            talk.send(head)
            head = b""
        talk.send(*[bytes([byte]) for byte in head + b"x" * 1000], every=0.02)

    began = time.monotonic()
    exchange, server = add_to(script, add_timeout=1.0)
    assert time.monotonic() - began < 20
    assert exchange.sent
    assert not exchange.whole
    assert exchange.status == (200 if where == "body" else None)
    assert exchange.error is not None
    assert "1 s" in exchange.error
    assert exchange.took is not None
    assert 1.0 <= exchange.took / SECOND < 20
    assert server.posts == 1


def test_a_slow_answer_on_a_kept_connection_ends_at_the_deadline_too() -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(b"{}")
        talk.request()
        talk.send(*[b"H"] * 2000, every=0.02)

    with ScriptedServer(script) as server, panel_at(server.url, timeout=1.0) as panel:
        assert panel.call(STATUS).whole
        began = time.monotonic()
        assert not panel.call(STATUS).whole
        assert time.monotonic() - began < 30
        assert len(server.conversations) == 1


def test_an_answer_that_comes_before_the_request_was_read_is_accepted() -> None:
    def script(talk: Conversation) -> None:
        talk.answer(b"too much", "413 Too Large", "Connection: close")
        talk.hang()

    long = Request("add", {"action": "add", "comments": "x" * 3_000_000})
    with ScriptedServer(script) as server, panel_at(server.url, add_timeout=30.0) as panel:
        exchange = panel.send_once(long)
        assert (exchange.sent, exchange.status, exchange.body) == (True, 413, b"too much")
        assert len(server.conversations) == 1


def test_an_answer_that_no_request_asked_for_is_not_used_for_the_next_request() -> None:
    two = b"".join(
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + body for body in (b'{"first":1}', b'{"stray":2}')
    )

    def answer_twice(talk: Conversation) -> None:
        talk.request()
        talk.send(two)
        talk.request()

    with ScriptedServer(answer_twice) as server, panel_at(server.url) as panel:
        for _ in range(3):
            exchange = panel.call(Request("balance", {}))
            assert (exchange.body, exchange.error) == (b'{"first":1}', None)
        assert len(server.conversations) == 3


# -- connections that were kept -------------------------------------------------------------------------


def ending_after(count: int, how: Callable[[Conversation], None]) -> Script:
    """Answer so many requests on a connection, read one more, and end it without an answer."""

    def script(talk: Conversation) -> None:
        for _ in range(count):
            talk.request()
            talk.answer()
        talk.request()
        how(talk)

    return script


@pytest.mark.parametrize("how", [lambda talk: None, lambda talk: talk.reset()], ids=["end", "break"])
def test_a_call_over_a_connection_that_its_server_has_ended_is_made_over_a_new_one(
    how: Callable[[Conversation], None],
) -> None:
    with ScriptedServer(ending_after(2, how)) as server, panel_at(server.url) as panel:
        for _ in range(7):
            exchange = panel.call(STATUS)
            assert (exchange.error, exchange.status) == (None, 200)
        assert len(server.conversations) == 4


def test_a_call_that_a_new_connection_does_not_answer_is_made_once() -> None:
    with ScriptedServer(ending_after(0, lambda talk: None)) as server, panel_at(server.url) as panel:
        exchange = panel.call(STATUS)
        assert "closed the connection without an answer" in (exchange.error or "")
        assert len(server.conversations) == 1


def test_a_call_that_was_answered_in_part_or_too_late_is_not_made_again() -> None:
    def begin(talk: Conversation) -> None:
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    for how in (begin, Conversation.hang):
        with ScriptedServer(ending_after(1, how)) as server, panel_at(server.url, timeout=0.3) as panel:
            assert panel.call(STATUS).error is None
            assert panel.call(STATUS).error is not None
            assert len(server.conversations) == 1


def test_a_server_that_stops_reading_ends_at_the_deadline() -> None:
    def script(talk: Conversation) -> None:
        talk.sock.recv(100)
        talk.stopping.wait(60)

    long = Request("add", {"action": "add", "comments": "x" * 20_000_000})
    with ScriptedServer(script) as server, panel_at(server.url, add_timeout=1.0) as panel:
        exchange = panel.send_once(long)
    assert exchange.sent
    assert exchange.status is None


# -- the permit -----------------------------------------------------------------------------------------


class APermit:
    """A permit that lasts so long, and is refused from the given time on that it is asked."""

    def __init__(self, seconds: float = 5.0, refused_at: int = 99) -> None:
        self._until = time.monotonic() + seconds
        self._refused_at = refused_at
        self.asked = 0

    def seconds_left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def refusal(self) -> str | None:
        self.asked += 1
        return "another one sends" if self.asked >= self._refused_at else None


def test_a_permit_is_asked_before_connecting_and_before_the_first_byte() -> None:
    permit = APermit()
    with ScriptedServer(answering()) as server, panel_at(server.url) as panel:
        assert panel.send_once(ADD, permit).whole
    assert permit.asked == 2


@pytest.mark.parametrize(("refused_at", "connections"), [(1, 0), (2, 1)])
def test_nothing_is_sent_when_the_permit_is_refused(refused_at: int, connections: int) -> None:
    with ScriptedServer(serving, tls=tls_server()) as server:
        with panel_at(server.url, tls=tls_client()) as panel:
            exchange = panel.send_once(ADD, APermit(refused_at=refused_at))
        assert (exchange.sent, exchange.status, exchange.error) == (False, None, "another one sends")
        assert not exchange.whole
        eventually(lambda: len(server.conversations) == connections)
        assert server.received == b""


def test_connecting_lasts_no_longer_than_the_permit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never speaks TLS
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with panel_at(url, tls=tls_client(), add_timeout=10) as panel:
            began = time.monotonic()
            exchange = panel.send_once(ADD, APermit(seconds=0.3))
    assert not exchange.sent
    assert 0.25 < time.monotonic() - began < 9
    assert re.search(r"did not take the connection within 0\.(3|2\d) s", exchange.error or "")


def test_the_answer_has_its_whole_time_however_short_the_permit_was() -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        time.sleep(0.4)
        talk.answer(b'{"order": 7}')

    with ScriptedServer(script) as server, panel_at(server.url, add_timeout=20) as panel:
        assert panel.send_once(ADD, APermit(seconds=0.3)).body == b'{"order": 7}'


def test_a_long_request_that_waits_for_room_is_sent_whole() -> None:
    long = Request("add", {"action": "add", "comments": "x" * 3_000_000})

    def script(talk: Conversation) -> None:
        time.sleep(0.2)
        talk.request()
        talk.answer(b'{"order": 7}')

    for tls in (False, True):
        with ScriptedServer(script, tls=tls_server() if tls else None) as server:
            with panel_at(server.url, tls=tls_client() if tls else None) as panel:
                assert panel.send_once(long, APermit()).body == b'{"order": 7}'
            assert server.received.count(b"x") > 3_000_000


# -- connections ----------------------------------------------------------------------------------------


def test_polls_share_a_kept_connection_and_adds_never_do() -> None:
    with ScriptedServer(serving) as server, panel_at(server.url) as panel:
        for _ in range(3):
            panel.call(STATUS)
        assert len(server.conversations) == 1
        for _ in range(3):
            panel.send_once(ADD)
        assert len(server.conversations) == 4
        assert server.posts == 6


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
USUAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NEXT_TO_COME = b"HTTP/1.1 100 Continue\r\n\r\n" + USUAL
FOLDED = b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
OLD = USUAL.replace(b"HTTP/1.1", b"HTTP/1.0")


@pytest.mark.parametrize("tls", [False, True])
def test_answers_in_all_forms_follow_each_other_on_one_connection_until_one_ends_it(tls: bool) -> None:
    forms = [USUAL, CHUNKED, USUAL, NEXT_TO_COME, FOLDED, USUAL, CHUNKED, LAST]

    def script(talk: Conversation) -> None:
        for form in forms:
            talk.request()
            talk.send(*(form[at : at + 11] for at in range(0, len(form), 11)))
        talk.hang()

    with ScriptedServer(script, tls=tls_server() if tls else None) as server:
        with panel_at(server.url, tls=tls_client() if tls else None) as panel:
            answers = [panel.call(STATUS) for _ in range(len(forms) + 1)]
        assert [(one.status, one.body, one.whole, one.error) for one in answers] == [
            (200, b"{}", True, None)
        ] * 9
        assert len(server.conversations) == 2


@pytest.mark.parametrize("form", [OLD, LAST])
def test_a_connection_that_the_server_will_end_is_not_used_again(form: bytes) -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(form)
        talk.hang()

    with ScriptedServer(script) as server, panel_at(server.url) as panel:
        assert all(panel.call(STATUS).body == b"{}" for _ in range(3))
        assert len(server.conversations) == 3


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.lib.http.KEEP_ALIVE_S", 0.05)
    with ScriptedServer(serving) as server, panel_at(server.url) as panel:
        panel.call(STATUS)
        time.sleep(0.06)
        panel.call(STATUS)
        assert len(server.conversations) == 2


def test_a_connection_over_which_an_answer_was_not_whole_is_not_used_again() -> None:
    faults = iter([b"x" * (2 << 20), b'{"cut', b"{}"])

    def script(talk: Conversation) -> None:
        talk.request()
        body = next(faults)
        talk.answer(body, length=99 if body == b'{"cut' else None)
        talk.hang()

    with ScriptedServer(script) as server, panel_at(server.url, timeout=0.3) as panel:
        assert [panel.call(STATUS).whole for _ in range(3)] == [False, False, True]
        assert len(server.conversations) == 3


def test_slow_status_calls_delay_no_balance_call() -> None:
    free = threading.Event()

    def script(talk: Conversation) -> None:
        while request := talk.request():
            if b"orders=" in request:
                free.wait(60)
            talk.answer()

    with ScriptedServer(script) as server, panel_at(server.url, connections=2) as panel:
        with ThreadPoolExecutor(4) as threads:
            slow = [threads.submit(panel.call, STATUS) for _ in range(4)]
            try:
                assert panel.call(Request("balance", {"action": "balance"})).whole
                assert not any(one.done() for one in slow)
            finally:
                free.set()
        assert all(one.result().whole for one in slow)


def test_no_more_connections_than_allowed_are_open_at_once() -> None:
    lock = threading.Lock()
    now_and_most = [0, 0]

    def script(talk: Conversation) -> None:
        while talk.request():
            with lock:
                now_and_most[0] += 1
                now_and_most[1] = max(now_and_most)
            time.sleep(0.02)
            with lock:
                now_and_most[0] -= 1
            talk.answer()

    with ScriptedServer(script) as server, panel_at(server.url, connections=2) as panel:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: panel.call(STATUS), range(16)))
        assert all(exchange.whole for exchange in answers)
        assert now_and_most[1] == 2
        assert len(server.conversations) == 2


def test_an_idle_connection_that_the_server_closed_is_not_used_again() -> None:
    with ScriptedServer(_read_then(lambda talk: talk.answer())) as server, panel_at(server.url) as panel:
        for _ in range(3):
            assert panel.call(STATUS).whole
            time.sleep(0.02)
        assert server.posts == 3


def test_the_rate_limit_holds_over_all_actions_and_close_ends_the_wait() -> None:
    with ScriptedServer(serving) as server, panel_at(server.url, calls_per_second=20) as panel:
        began = time.monotonic()
        for _ in range(3):
            panel.call(STATUS)
            assert panel.acquire_slot()
            panel.send_once(ADD)
        assert 0.25 <= time.monotonic() - began < 10
    with ScriptedServer(serving) as server, panel_at(server.url, calls_per_second=0.01) as panel:
        panel.call(STATUS)
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(panel.acquire_slot)
            time.sleep(0.05)
            panel.close()
            assert not waiting.result(20)
        assert not panel.send_once(ADD).sent


@pytest.mark.parametrize(("status", "shortest"), [("200 OK", 0.2), ("429 Too Many Requests", 0.3)])
def test_a_refusal_for_the_rate_slows_the_calls_down_that_follow(status: str, shortest: float) -> None:
    def script(talk: Conversation) -> None:
        while talk.request():
            talk.answer(b"{}", status)

    with ScriptedServer(script) as server, panel_at(server.url, calls_per_second=8) as panel:
        panel.call(STATUS)
        began = time.monotonic()
        for _ in range(2):  # the slot of the next call was reserved already
            panel.call(STATUS)
        took = time.monotonic() - began

    assert took > shortest


def test_close_lets_an_add_in_flight_finish() -> None:
    arrived = threading.Event()

    def script(talk: Conversation) -> None:
        talk.request()
        arrived.set()
        time.sleep(0.2)
        talk.answer(b'{"order": 7}')

    with ScriptedServer(script) as server, panel_at(server.url) as panel, ThreadPoolExecutor(1) as thread:
        adding = thread.submit(panel.send_once, ADD)
        assert arrived.wait(20)
        panel.close()
        assert adding.result(20).body == b'{"order": 7}'


def test_an_add_may_not_be_sent_through_call() -> None:
    with panel_at("http://127.0.0.1:9/") as panel, pytest.raises(ValueError, match="send_once"):
        panel.call(ADD)


# -- TLS ------------------------------------------------------------------------------------------------


def test_an_add_over_tls_is_sent_once_and_polls_keep_their_connection() -> None:
    with ScriptedServer(serving, tls=tls_server()) as server, panel_at(server.url, tls=tls_client()) as panel:
        assert panel.send_once(ADD).whole
        assert panel.call(STATUS).whole
        assert panel.call(STATUS).whole
        assert server.posts == 3
        assert len(server.conversations) == 2


def test_a_certificate_that_is_not_trusted_proves_that_nothing_was_sent() -> None:
    with ScriptedServer(serving, tls=tls_server()) as server, panel_at(server.url) as panel:
        exchange = panel.send_once(ADD)
        assert not exchange.sent
        assert exchange.error is not None
        assert "is signed by nobody else" in exchange.error
        assert server.received == b""


def test_a_slow_answer_over_tls_ends_at_the_deadline() -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(*[b"H"] * 2000, every=0.02)

    with ScriptedServer(script, tls=tls_server()) as server:
        with panel_at(server.url, tls=tls_client(), add_timeout=1.0) as panel:
            began = time.monotonic()
            exchange = panel.send_once(ADD)
        assert time.monotonic() - began < 20
        assert (exchange.sent, exchange.status, exchange.whole) == (True, None, False)


def test_an_answer_over_tls_that_never_pauses_ends_at_the_deadline() -> None:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not talk.stopping.is_set():
            talk.send(b"1\r\n \r\n" * 2)

    with (
        ScriptedServer(script, tls=tls_server()) as server,
        panel_at(server.url, tls=tls_client(), timeout=0.3) as panel,
    ):
        began = time.monotonic()
        exchange = panel.call(Request("services", {"action": "services"}))
    assert time.monotonic() - began < 3.5
    assert (exchange.status, exchange.whole) == (200, False)
    assert "was not complete within 0.3 s" in (exchange.error or "")


# -- secrets --------------------------------------------------------------------------------------------


def test_a_key_that_the_panel_repeats_in_its_answer_is_hidden() -> None:
    page = f'<h1>Whoops</h1> key={KEY} {{"key": "{KEY.replace("/", chr(92) + "/")}"}}'.encode()
    exchange, _ = add_to(
        answering(page, "500 Error", "Content-Type: text/html", "Location: /?key=k3y%2Fwith")
    )
    assert b"k3y" not in exchange.body
    assert b"<h1>Whoops</h1> key=[hidden]" in exchange.body
    assert "k3y" not in str(exchange)


def test_the_key_is_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(_read_then(lambda talk: talk.reset())) as server, panel_at(server.url) as panel:
        panel.call(STATUS)
        panel.send_once(ADD)
        assert "k3y" not in repr(panel)
    assert "k3y" not in caplog.text
