"""One signed message to real receivers on loopback, which take it, refuse it, lie, hang and break."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Library

from tests.support.inboxes import HttpInbox
from tests.support.servers import Conversation, ScriptedServer, tls_server
from tracker.alerts.channels import webhook
from tracker.alerts.channels.tries import Delivered, Undelivered
from tracker.alerts.channels.webhook import Webhook
from tracker.lib.http import Limits
from tracker.lib.times import HOUR, SECOND

SECRET = "whsec_" + base64.b64encode(b"hush-hush-hush-hush-hush-42").decode()
PATH = "/hooks/hush-hush-42?token=hush-hush-43"
BODY = '{"id":"alert_1_2","title":"سفارش 7"}'.encode()
DOCS = Path(__file__).parents[2] / "docs" / "alerts.md"


def now() -> int:
    return time.time_ns() // 1000


def post(port: int, limit: float = 10.0, scheme: str = "http") -> Delivered | Undelivered:
    return Webhook(f"{scheme}://127.0.0.1:{port}{PATH}", SECRET, limit).send("alert_1_2", BODY, now())


def refused_by(script: Callable[[Conversation], None], **options: Any) -> Undelivered:
    with ScriptedServer(script, **options) as server:
        outcome = post(server.port, scheme="https" if options else "http")
        assert isinstance(outcome, Undelivered)
        assert "hush" not in outcome.why
        assert server.posts <= 1
    return outcome


def answers(status: str, body: bytes = b"", *headers: str) -> Callable[[Conversation], None]:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(body, status, *headers)

    return script


# -- arriving -------------------------------------------------------------------------------------------


def test_a_message_arrives_as_it_is_with_what_proves_its_sender() -> None:
    with HttpInbox(204, b"") as inbox:
        assert post(inbox.port) == Delivered()

    (got,) = inbox.posts
    assert (got.path, got.body) == (PATH, BODY)
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"].startswith("tracker/")
    assert Library(SECRET).verify(got.body, got.headers) == json.loads(BODY)
    assert "hush" not in str(got.headers)


def test_the_example_of_the_documents_verifies_a_real_delivery() -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    with HttpInbox() as inbox:
        post(inbox.port)
    (got,) = inbox.posts

    assert names["alert_of"](got.body, got.headers, SECRET) == json.loads(BODY)
    for body, headers, secret in (
        (got.body + b" ", got.headers, SECRET),
        (got.body, {**got.headers, "webhook-id": "alert_1_3"}, SECRET),
        (got.body, got.headers, "whsec_aGVsbG8="),
    ):
        with pytest.raises(ValueError, match="this is not from tracker"):
            names["alert_of"](body, headers, secret)


@pytest.mark.parametrize(
    "script",
    [
        answers("202 Accepted", b"x" * 3_000_000),
        answers("200 OK", b"<html>"),
        lambda talk: (talk.request(), talk.answer(b"cut", length=1000)),
        lambda talk: (talk.request(), talk.answer(b"cut", length=1000), talk.reset()),
        lambda talk: (talk.request(), talk.send(b"HTTP/1.1 103 Early Hints\r\n\r\n"), talk.answer()),
    ],
    ids=["huge", "no json", "cut short", "reset", "hints"],
)
def test_a_receiver_that_says_so_has_taken_it_whatever_follows(
    script: Callable[[Conversation], None],
) -> None:
    with ScriptedServer(script) as server:
        assert post(server.port) == Delivered()


# -- not arriving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        ("400 Bad Request", b'{"error": "no such \\u202eevent"}', "it answered 400: no such \u202eevent"),
        ("401 Unauthorized", b'{"message": "bad signature hush-hush-42"}', "it answered 401: bad signature [hidden]"),
        ("404 Not Found", b"<h1>hush-hush-42</h1>", "it answered 404"),
        ("500 Oops", b"", "it answered 500"),
        ("500 Oops", b"x" * 3_000_000, "it answered 500"),
        ("500 Oops", b"[" * 60_000, "it answered 500"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_plain_words_without_secrets(status: str, body: bytes, why: str) -> None:
    outcome = refused_by(answers(status, body))

    assert outcome.why.startswith(why)
    assert outcome.retry_after is None


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with HttpInbox() as elsewhere:
        where = f"Location: http://127.0.0.1:{elsewhere.port}/"
        outcome = refused_by(answers(status, b"", where))
        assert outcome.why == (
            f"it redirects to another address ({status[:3]}), which is not followed; put its current address into the "
            "config"
        )
        assert elsewhere.posts == []


def test_an_address_that_is_gone_is_left_alone_for_an_hour() -> None:
    outcome = refused_by(answers("410 Gone"))

    assert outcome == Undelivered(
        "its address is gone for good (410); correct it, or remove the target", HOUR
    )


@pytest.mark.parametrize("status", ["429 Too Many", "503 Unavailable"])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("77", 77 * SECOND),
        ("999999", HOUR),
        ("soon", None),
        ("Mon, 21 Sep 2026 14:15:00 GMT", 60 * SECOND),
    ],
)
def test_what_a_receiver_asks_for_is_obeyed_up_to_an_hour(status: str, asked: str, wait: int | None) -> None:
    date = "Date: Mon, 21 Sep 2026 14:14:00 GMT"

    assert refused_by(answers(status, b"", f"Retry-After: {asked}", date)).retry_after == wait


def test_a_message_that_is_too_long_is_known_as_such() -> None:
    assert refused_by(answers("413 Too Large")).is_too_long


def test_a_receiver_that_hangs_or_dribbles_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LIMITS", Limits(0.2, 1000))

    def dribble(talk: Conversation) -> None:
        talk.send(*(b"HTTP/1.1 200 OK\r\nX: "[at : at + 1] for at in range(20)), *[b"x"] * 1000, every=0.05)

    for script in (Conversation.hang, dribble):
        began = time.monotonic()
        assert "did not answer within 0.2 s" in refused_by(script).why
        assert time.monotonic() - began < 20


def test_a_try_that_hangs_is_waited_for_no_longer_than_the_hard_limit() -> None:
    with ScriptedServer(Conversation.hang) as server:
        one = Webhook(f"http://127.0.0.1:{server.port}/", SECRET, 0.2)
        assert one.send("a", BODY, now()) == Undelivered("it did not answer within 0.2 s")
        assert one.send("a", BODY, now()) == Undelivered("the previous try still waits for its answer")


def test_a_connection_that_breaks_is_told() -> None:
    def close(talk: Conversation) -> None:
        talk.request()

    def reset(talk: Conversation) -> None:
        talk.request()
        talk.reset()

    def greet(talk: Conversation) -> None:
        talk.send(b"SSH-2.0-x\r\n")
        talk.request()

    assert "closed the connection without an answer" in refused_by(close).why
    assert "broke" in refused_by(reset).why
    assert "a broken first line" in refused_by(answers("299999 What")).why
    assert "is an SSH server" in refused_by(greet).why


def test_a_fault_of_tls_is_named() -> None:
    assert "is signed by nobody else" in refused_by(answers("200 OK"), tls=tls_server()).why
    with HttpInbox() as plain:
        outcome = post(plain.port, scheme="https")
        assert isinstance(outcome, Undelivered)
        assert "does not speak TLS" in outcome.why
        assert plain.posts == []


def test_an_address_that_cannot_be_used_raises_nothing() -> None:
    outcome = Webhook("https://☃☃.example/hush-hush-42", SECRET).send("a", BODY, now())
    assert isinstance(outcome, Undelivered)
    assert "hush" not in outcome.why
