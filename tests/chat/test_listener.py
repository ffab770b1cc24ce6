"""The listener never holds up anything, repeats nothing after a restart, and survives whatever a server says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from tests.chat.phone import Phone
from tests.support.project import eventually
from tests.support.telegram import ALI, CHAT, TOKEN, BotServer
from tracker.chat import listener as listening
from tracker.chat.answers import ANSWERS
from tracker.chat.bot_api import BotApi, Failed
from tracker.chat.listener import Listener
from tracker.chat.site import ChatSite, bots_of
from tracker.chat.updates import Other, read_update
from tracker.lib.times import MINUTE
from tracker.store import chat
from tracker.store.engines.engine import Sole


@pytest.fixture
def server() -> Iterator[BotServer]:
    with BotServer() as server:
        yield server


@pytest.fixture
def phone(tmp_path: Path, server: BotServer) -> Phone:
    return Phone(tmp_path, server)


@pytest.fixture
def clock() -> list[int]:
    return [0]


@pytest.fixture
def listener(phone: Phone, clock: list[int]) -> Iterator[Listener]:
    """A listener that listens only when a test has it make a round."""
    [bot] = bots_of(phone.config.alerts)
    listener = Listener(ChatSite(phone.db, phone.config, phone.adopt), bot, lambda: clock[0])
    yield listener
    listener.close()


def test_commands_are_answered(phone: Phone, server: BotServer) -> None:
    with phone.listening():
        for text in ("/status", "/balance@tracker_bot", "/help", "/nonsense", "hello"):
            server.say(text)
            server.settled()

    status, balance, help_, nonsense = [one.text for one in server.messages]
    assert "the daemon is not running" in status
    assert status.endswith("p: no orders")
    assert balance == "p: unknown"
    assert "/status" in help_
    assert nonsense.startswith("There is no such command")


def test_late_commands_and_a_flood_of_them_are_not_answered(phone: Phone, server: BotServer) -> None:
    server.say("/help", at=int(time.time()) - 3600)
    for _ in range(3 * ANSWERS):
        server.say("/help")
    with phone.listening():
        server.settled()

    assert len(server.messages) == ANSWERS


def test_a_restart_repeats_nothing_and_a_replayed_update_does_nothing(
    phone: Phone, server: BotServer
) -> None:
    number = server.say("/help")
    with phone.listening():
        server.settled()
    said = {"message_id": 9, "from": ALI, "chat": {"id": CHAT}, "date": int(time.time()), "text": "/help"}
    with phone.listening():
        server.again({"update_id": number, "message": said})
        server.say("/balance")
        server.settled()

    assert ["/status" in one.text for one in server.messages] == [True, False]
    assert chat.offset(phone.db, "123456789") == number + 2


def test_a_stop_does_not_wait_for_the_call_that_waits(phone: Phone, server: BotServer) -> None:
    with phone.listening():
        eventually(lambda: server.waiting)
        began = time.monotonic()
    assert time.monotonic() - began < listening.WAIT_S / 2

    server.say("/help")  # it comes to the call that was given up, and is not confirmed
    time.sleep(0.1)
    assert server.messages == []
    with phone.listening():
        server.shows("/status")


NONSENSE: list[Any] = [
    None, 5, "x", [], {}, {"update_id": "5"}, {"update_id": True}, {"update_id": -1}, {"update_id": 2**60},
    {"update_id": 5, "message": "x"}, {"update_id": 6, "message": {"from": [], "chat": 7}},
    {"update_id": 7, "callback_query": {"id": 3, "data": {}, "from": {"id": CHAT}}},
    {"update_id": 8, "callback_query": {"id": "a", "data": "\ud800\0", "from": {"id": 501}, "message": {"message_id": 1, "chat": {"id": CHAT}}}},
    {"update_id": 9, "message": {"message_id": 1, "date": 2**51, "text": "/help\0\ud800" * 900, "from": {"id": 501}, "chat": {"id": CHAT}}},
    {"update_id": 9, "message": {"text": "again the same id"}},
    {"update_id": 10, "message": {"from": {"id": 2**70}, "chat": {"id": 1.5}, "text": []}},
]  # fmt: skip


def test_nothing_that_an_update_holds_stops_the_next_one(phone: Phone, server: BotServer) -> None:
    server.failures["getUpdates"] = [(200, {"ok": True, "result": NONSENSE})]
    with phone.listening():
        server.say("/balance")
        server.shows("p: unknown")

    assert read_update({"update_id": 5}) == Other(5)


ANSWERS_OF_LIARS: list[tuple[int, Any]] = [
    (200, {"ok": True, "result": []}), (200, {"ok": True, "result": NONSENSE}), (200, {"ok": True, "result": 5}),
    (200, {"ok": True}), (200, {"ok": False}), (200, b"<html>"), (200, b"[" * 100_000), (200, b""),
    (302, b""), (500, b"oops"), (200, {"ok": "yes", "result": []}), (200, {"ok": True, "result": NONSENSE * 500}),
]  # fmt: skip


def test_a_server_that_lies_or_answers_at_once_is_asked_no_more_than_once_a_second(
    phone: Phone, listener: Listener, server: BotServer
) -> None:
    for answer in ANSWERS_OF_LIARS:
        server.failures["getUpdates"] = [answer]
        waited = listener.round(Sole())
        assert waited >= listening.SHORTEST_ROUND or chat.offset(phone.db, "123456789") > 0
    assert chat.offset(phone.db, "123456789") < 2**52


def test_failures_are_told_once_and_asked_about_less_and_less_often(
    listener: Listener, server: BotServer
) -> None:
    server.failures["getUpdates"] = [(500, b"oops")] * 30
    with capture_logs() as logs:
        waits = [listener.round(Sole()) for _ in range(30)]
        server.failures["getUpdates"] = [(429, {"ok": False, "parameters": {"retry_after": 900}})]
        asked = listener.round(Sole())
        server.say("/help")
        listener.round(Sole())

    assert [line["event"] for line in logs if line["event"].startswith("chat.")] == [
        "chat.failed",
        "chat.listening",
    ]
    assert max(waits) <= listening.LONGEST_RETRY
    assert min(waits[10:]) >= listening.LONGEST_RETRY // 2
    assert asked == 900_000_000


@pytest.mark.parametrize("webhook", [True, False])
def test_a_conflict_is_told_once_in_plain_words(
    listener: Listener, clock: list[int], server: BotServer, webhook: bool
) -> None:
    words = (
        "can't use getUpdates method while webhook is active" if webhook else "terminated by other getUpdates"
    )
    server.failures["getUpdates"] = [(409, {"ok": False, "description": f"Conflict: {words}"})] * 4
    with capture_logs() as logs:
        for _ in range(4):
            listener.round(Sole())
            clock[0] += MINUTE
    told = [line for line in logs if line["event"] == "chat.conflict"]

    assert [line["log_level"] for line in told] == ["error"]
    assert ("a webhook is set" if webhook else "another program") in told[0]["why"]
    assert [one.chat for one in server.messages] == [CHAT]
    assert told[0]["why"] in server.messages[0].text


def test_of_two_daemons_one_listens_and_the_other_takes_over(
    phone: Phone, server: BotServer, tmp_path: Path
) -> None:
    if not phone.db.shared:
        pytest.skip("a file has one daemon")
    with phone.listening() as first:
        eventually(lambda: server.waiting)
        with Phone(tmp_path, server).listening():
            time.sleep(0.2)
            assert server.calls.count("getUpdates") == 1
            first.stop()
            server.say("/balance")  # ends the call that waits; the lease is free then
            server.shows("p: unknown")


def test_the_token_is_in_no_error_and_no_log(phone: Phone, listener: Listener, server: BotServer) -> None:
    structlog.reset_defaults()
    secret = TOKEN.partition(":")[2]
    server.failures["getUpdates"] = [(400, {"ok": False, "description": f"no bot {TOKEN}"})]
    with capture_logs() as logs:
        listener.round(Sole())
        for url in ("http://127.0.0.1:9", "http://no-such-host.invalid", "ftp://x", "http://127.0.0.1:9/ü ü"):
            failed = BotApi(TOKEN, url).call("getMe", {}, 2)
            assert isinstance(failed, Failed)
            assert secret not in failed.why
    assert secret not in repr((logs, phone.config, listener.bot, phone.route))
