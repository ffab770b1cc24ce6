"""An answer is the same whether its head is read as a usual one or with all care."""

from __future__ import annotations

import random
import socket
from typing import Any

import httpcore
import pytest

from tracker.lib import http_faults
from tracker.lib.http_answer import Answer, CarefulAnswer, read_answer
from tracker.lib.http_deadline import Deadline, Stream
from tracker.lib.http_head import usual_head

USUAL = (
    b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
    + b'{"a": 1}'
)
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n'

PARTS = (
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b"\0", b"\xff", b"\x7f", b"0", b"8", b"9", b"-1", b"+8", b"x"),
    *(b"HTTP/1.1 ", b"HTTP/1.0 ", b"200", b"100 Continue\r\n\r\n", b"101", b"204", b"304", b"999", b"600", b"404"),
    *(b"Content-Length: 8\r\n", b"content-length:8\r\n", b"Content-Length: 9\r\n", b"Content-Length : 8\r\n"),
    *(b"Content-Length: 8, 8\r\n", b"Content-Length: 0x8\r\n", b"Content-Length:\r\n", b"Content-Length: 8 \r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"transfer-encoding:\tchunked\r\n"),
    *(b"Connection: close\r\n", b"Connection: Keep-Alive\r\n", b"connection: keep-alive, close\r\n"),
    *(b" folded\r\n", b": no name\r\n", b"No-Value:\r\n", b"Odd Name: 1\r\n", b"Upgrade: h2c\r\n", b"Bare\r\n"),
    *(USUAL, b'{"stray": 2}', CHUNKED),
)  # fmt: skip


def stream_of(raw: bytes) -> Stream:
    """A connection whose other side has sent this, and has ended it."""
    ours, theirs = socket.socketpair()
    theirs.sendall(raw)
    theirs.close()
    deadline = Deadline()
    deadline.allow(5)
    return Stream(ours, deadline)


def outcome(raw: bytes, *, careful: bool) -> tuple[Any, ...]:
    """All that is known of an answer at its end."""
    stream, answer, body = stream_of(raw), None, b""
    try:
        answer = CarefulAnswer(stream, stream.receive()) if careful else read_answer(stream)
        for part in answer.body():
            body += part
    except httpcore.RemoteProtocolError as error:
        fault = http_faults.fault(error, "h", answered=answer is not None, began=stream.began, secure=False)
        return _known(answer), body, fault
    finally:
        stream.close()
    return _known(answer), body, answer.is_over(), answer.is_followed()


def _known(answer: Answer | None) -> object:
    return answer and (answer.status, answer.headers)


def mutated(chance: random.Random) -> bytes:
    """A usual answer, or one in chunks, to which a few things were done."""
    raw = chance.choice((USUAL, USUAL, USUAL, CHUNKED))
    for _ in range(chance.randint(0, 3)):
        at = chance.randint(0, len(raw))
        match chance.choice(("insert", "insert line", "cut", "drop", "replace")):
            case "insert":
                raw = raw[:at] + chance.choice(PARTS) + raw[at:]
            case "insert line":
                at = raw.find(b"\r\n", at) + 2
                raw = raw[:at] + chance.choice(PARTS) + raw[at:]
            case "cut":
                raw = raw[: max(1, at)]
            case "drop":
                raw = raw[:at] + raw[at + chance.randint(1, 9) :]
            case "replace":
                part = chance.choice(PARTS)
                raw = raw[:at] + part + raw[at + len(part) :]
    return raw


@pytest.mark.parametrize("seed", range(4))
def test_whatever_an_answer_looks_like_it_is_read_as_with_all_care(seed: int) -> None:
    chance = random.Random(seed)
    usual = 0
    for _ in range(700):
        raw = mutated(chance)
        usual += usual_head(raw) is not None
        assert outcome(raw, careful=False) == outcome(raw, careful=True), raw
    assert usual > 100


@pytest.mark.parametrize(
    "line",
    [
        b"Transfer-Encoding: chunked", b"Connection: close", b"Content-Length: 8", b"Content-Length: 7",
        b"Bare", b" folded", b"Name : 1", b"Odd: \xe9", b"Odd: \0", b"X: a\nContent-Length: 7",
    ],
)  # fmt: skip
def test_a_head_with_anything_else_to_it_is_none_of_the_usual_ones(line: bytes) -> None:
    assert usual_head(USUAL) is not None
    assert usual_head(USUAL.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n")) is None


@pytest.mark.parametrize(
    "start", [b"HTTP/1.0 200 OK", b"HTTP/1.1 204 None", b"HTTP/1.1 100 Go on", b"HTTP/1.1 2000 OK"]
)
def test_an_answer_of_another_kind_is_none_of_the_usual_ones(start: bytes) -> None:
    assert usual_head(USUAL.replace(b"HTTP/1.1 200 OK", start)) is None


def test_a_head_that_is_not_whole_yet_is_none_of_the_usual_ones() -> None:
    end = USUAL.index(b"\r\n\r\n") + 4
    assert next(length for length in range(len(USUAL)) if usual_head(USUAL[:length])) == end
