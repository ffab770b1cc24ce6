"""What a hostile client sends: never a crash, never a traceback, and nobody else waits for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.browsers import FORM, Stage, raw, served
from tests.support.project import eventually
from tests.support.samples import a_database, a_draft, enqueued
from tracker.web.ration import Ration
from tracker.web.server import LARGEST_BODY, LARGEST_HEADERS, CannotListen, Limits, Server

SHORT = Limits(idle_s=0.5, request_s=0.4, exchange_s=0.9, share=1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    with served(db, tmp_path, limits=SHORT) as made:
        yield made


def head(stage: Stage, first: str, *lines: str) -> bytes:
    """The head of a request that is closed after its answer."""
    return "\r\n".join([first, f"Host: 127.0.0.1:{stage.port}", "Connection: close", *lines, "", ""]).encode(
        "latin-1"
    )


def status_of(answer: bytes) -> int:
    assert b"Traceback" not in answer
    assert b"waitress" not in answer
    return int(answer.split(b" ", 2)[1]) if answer else 0


NUMBER = "9" * 5000
PATHS = (
    "/%", "/%zz", "/%00", "/orders/%00", "/orders?q=%00", "/orders?q=%ff%fe", "/orders?q=%ed%a0%80", f"/orders/{NUMBER}",
    f"/orders?before={NUMBER}-1", "/orders?before=1-99999999999999999999", "/orders?before=%D9%A1-1", "/orders/99999999999999999999",
    f"/orders?since={NUMBER}d", "/orders?since=%00", "/orders?since=0001-01-01", "/orders?until=9999-12-31", "/orders?since=-5h",
    "/orders?service=%00", "/orders?state=nothing", "/orders?panel=%00", "/orders?" + "&".join(f"a{n}=1" for n in range(2000)),
    f"/services?from={NUMBER}", "/services?from=-1", "/services?from=99999999999999999999", "/services?q=%25%00_!", "/services?panel=x",
    f"/alerts?before={NUMBER}", "/alerts?before=%C2%B2", "/alerts?state=x&target=%00", "/panels/%00", "/panels/..", "/panels/%2e%2e%2fetc",
    "//evil.example", "/static/../style.css", "/static/%2e%2e/server.py", "/static/..%2f..%2fserver.py", "/static/%2fetc%2fpasswd",
    "/static/style.css%00.js", "/static//etc/passwd", "/static/", "/orders/1/../2", "/orders/+1", "/orders/1e3", "/orders/\u0661".encode().decode("latin-1"),
    "http://evil.example/", "/?%s%s%n", "/{{7*7}}", "/login?next=%0d%0aX: y", "*", "?", "/orders/-1", "/orders/1;x=y",
)  # fmt: skip


def test_no_path_breaks_it_or_leads_out_of_it(stage: Stage) -> None:
    for path in PATHS:
        answer = raw(stage.port, head(stage, f"GET {path} HTTP/1.1"))

        assert status_of(answer) in (200, 303, 308, 400, 404, 405), (path[:80], answer[:200])
        assert b"root:" not in answer
        assert b"import " not in answer
        assert b"\r\nX: y" not in answer


def form(stage: Stage, body: bytes, *lines: str, path: str = "/panels/p/pause") -> bytes:
    kind = (
        []
        if any(line.startswith("Content-Type") for line in lines)
        else [f"Content-Type: {FORM['Content-Type']}"]
    )
    return head(stage, f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}", *kind, *lines) + body


def test_no_form_breaks_it(stage: Stage) -> None:
    bodies = [
        form(stage, b"&".join(b"f%d=1" % n for n in range(5000))), form(stage, b"token=%ff%fe&a=%zz"), form(stage, b"\xff\xfe\x00"),
        form(stage, b'{"token": 1}', "Content-Type: application/json"), form(stage, b"token=x", "Content-Type: text/plain"),
        form(stage, b"x", "Content-Type: multipart/form-data"), form(stage, b"--b\r\nnonsense", "Content-Type: multipart/form-data; boundary=b"),
        form(stage, b"--b\r\nContent-Disposition: form-data; name=token\r\n\r\nx\r\n" * 100 + b"--b--", "Content-Type: multipart/form-data; boundary=b"),
        form(stage, b"token=x", "Content-Type: application/x-www-form-urlencoded; charset=utf-7"), form(stage, b"", "Content-Encoding: gzip"),
        form(stage, b"a" * 70_000), form(stage, b"token=", path=f"/orders/{NUMBER}/drop"), form(stage, b"token=", path="/orders/1/adopt"),
    ]  # fmt: skip
    for request in bodies:
        assert status_of(raw(stage.port, request)) in (400, 403, 404, 413), request[:300]


def test_what_is_no_request_is_refused(stage: Stage) -> None:
    requests = (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"GET / x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
        head(stage, "GET / HTTP/1.1", "X: " + "x" * LARGEST_HEADERS),
        head(stage, "GET / HTTP/1.1", *(f"X{n}: y" for n in range(3000))),
        head(stage, "POST / HTTP/1.1", f"Content-Length: {LARGEST_BODY + 1}"),
    )
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = list(pool.map(lambda request: raw(stage.port, request), requests))

    for request, answer in zip(requests, answers, strict=True):
        assert status_of(answer) in (0, 200, 400, 405, 408, 413, 421, 431, 501, 505), request[:80]
    assert stage.browser().get("/").status == 200


def test_a_name_of_a_proxy_is_not_believed(stage: Stage) -> None:
    answer = stage.browser().get(
        "/nothing", X_Forwarded_For="6.6.6.6", X_Forwarded_Host="evil.example", X_Forwarded_Proto="https"
    )

    assert answer.status == 404


# -- slow ones ---------------------------------------------------------------------------------------------


def test_who_is_slow_is_not_waited_for(stage: Stage) -> None:
    request, body = head(stage, "GET / HTTP/1.1", "X: " + "x" * 2000), form(stage, b"x" * 2000)
    slow = {
        "a head drop by drop": [request[at : at + 1] for at in range(len(request))],
        "a body drop by drop": [body[:-2000], *[b"x"] * 2000],
        "empty lines": [b"\r\n"] * 2000,
        "nothing": [b""],
    }
    began = time.monotonic()
    with ThreadPoolExecutor(len(slow)) as pool:
        answers = list(pool.map(lambda pieces: raw(stage.port, *pieces, every=0.05), slow.values()))

    assert time.monotonic() - began < 60, "their last bytes would come after 100 s"
    assert answers == [b""] * len(slow)


def test_who_does_not_read_holds_nobody_up(stage: Stage) -> None:
    request = f"GET /orders HTTP/1.1\r\nHost: 127.0.0.1:{stage.port}\r\n\r\n".encode()
    deaf = []
    for _ in range(20):
        one = socket.create_connection(("127.0.0.1", stage.port))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        one.sendall(request * 100)
        deaf.append(one)

    assert stage.browser().get("/").status == 200
    for one in deaf:
        one.close()


def test_one_connection_is_answered_one_request_at_a_time(stage: Stage) -> None:
    request = f"GET /static/icon.svg HTTP/1.1\r\nHost: 127.0.0.1:{stage.port}\r\n\r\n".encode()

    assert raw(stage.port, request * 50).count(b"HTTP/1.1 200") == 1


def test_many_idle_connections_leave_room_for_others(stage: Stage) -> None:
    idle = [socket.create_connection(("127.0.0.1", stage.port)) for _ in range(60)]
    for one in idle:
        one.sendall(b"GET / HT")

    assert stage.browser().get("/").status == 200
    for one in idle:
        one.close()


def test_it_ends_at_once_whatever_clients_do(tmp_path: Path) -> None:
    with served(a_database(tmp_path), tmp_path) as stage:
        hanging = [socket.create_connection(("127.0.0.1", stage.port)) for _ in range(20)]
        for one in hanging:
            one.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx")
        began = time.monotonic()
        stage.server.close()
        took = time.monotonic() - began
        for one in hanging:
            one.close()

        assert took < 20
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", stage.port))


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            Server(lambda _environ, _start: [], f"127.0.0.1:{port}")


def test_a_port_can_be_had_again_at_once(tmp_path: Path) -> None:
    with served(a_database(tmp_path), tmp_path) as stage:
        stage.browser().get("/")
        port = stage.port
    again = eventually(lambda: Server(lambda _environ, _start: [], f"127.0.0.1:{port}"))
    again.start()
    again.close()


# -- the ration of people ----------------------------------------------------------------------------------


def test_answers_to_people_take_a_part_of_the_processor_and_no_more() -> None:
    at = 100.0
    ration = Ration(0.2, 2.0, lambda: at)
    assert ration.rest_s() == 0

    ration.take(3.0)
    assert ration.rest_s() == pytest.approx(5.0)
    at += 4
    assert ration.rest_s() == pytest.approx(1.0)
    at += 1000
    ration.take(2.0)
    assert ration.rest_s() == 0
