"""A press decides once, for those who may, about the attempt that the alert was about; nobody else learns anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.phone import Phone
from tests.support.samples import a_draft, enqueued
from tests.support.telegram import CHAT, EVE, BotServer, Message
from tracker.accounts.account import AccountChange
from tracker.alerts.channels.tries import Delivered, Undelivered
from tracker.chat.keyboards import EXPIRY
from tracker.events import Event, Notice
from tracker.lib.times import DAY
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.reconciliation.evidence import IN_ORDER, Ruling, Verdict
from tracker.store import accounts, acts, changes, chat, evidence, order_history, outbox, silences

REJECTED = {"words": "the link is private"}


@pytest.fixture
def server() -> Iterator[BotServer]:
    with BotServer() as server:
        yield server


@pytest.fixture
def phone(tmp_path: Path, server: BotServer) -> Iterator[Phone]:
    phone = Phone(tmp_path, server)
    with phone.listening():
        yield phone


def labels(message: Message) -> list[str]:
    return list(message.buttons)


def replies(server: BotServer) -> list[str]:
    return [one.text for one in server.messages if "reply_parameters" in one.sent]


def test_a_lost_order_that_has_arrived_meanwhile_is_not_released(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    found = f"orders {order.id}, 8 have all arrived, as 105, 106; which is which cannot be known: {IN_ORDER}"
    evidence.keep_check(phone.db, [Verdict(order.id, Ruling.HOLD, (found,))], {}, 0)

    phone.press(message, "Release")
    assert f"tracker resolve {order.id} --adopt-in-order" in phone.server.popups[-1]["text"]
    assert phone.order(order).state is State.UNKNOWN
    phone.press(message, "Drop")
    phone.press(message, "Back")
    assert labels(message) == ["Adopt …", "Drop …", "Pause the panel", "Silence for a day"]


# -- release, drop, retry -----------------------------------------------------------------------------------


def test_a_release_is_asked_for_once_more_and_stands_in_the_history_with_who_did_it(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    assert labels(message) == ["Adopt …", "Release …", "Drop …", "Pause the panel", "Silence for a day"]

    phone.press(message, "Release")
    assert "you pay for it twice" in phone.server.popups[-1]["text"]
    assert phone.order(order).state is State.UNKNOWN
    phone.press(message, "queue it again")

    assert phone.order(order).state is State.QUEUED
    assert labels(message) == []
    assert replies(phone.server) == [f"Order {order.id} is now queued (Ali Rezaei)."]
    why = order_history.changes_of(phone.db, order)[-1].why
    assert why == "released by the operator in Telegram, Ali Rezaei (501): the panel did not take it"


def test_back_brings_the_first_buttons_again(phone: Phone) -> None:
    message = phone.alert_of(phone.lost())
    first = labels(message)
    phone.press(message, "Drop")
    phone.press(message, "Back")

    assert labels(message) == first


def test_replays_old_buttons_and_two_presses_do_nothing_twice(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    phone.press(message, "Drop")
    data = phone.press(message, "Give it up")
    history = order_history.changes_of(phone.db, order)

    for one in (data, data):
        phone.server.press(message, one)
        phone.server.settled()

    assert order_history.changes_of(phone.db, order) == history
    assert phone.server.popups[-1]["text"] == f"Already done: Order {order.id} is now dropped (Ali Rezaei)"


def test_an_order_that_was_sent_again_is_not_decided_by_the_message_before(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    phone.press(message, "Release")
    data = phone.server.button(message, "queue it again")
    again = phone.order(order)._replace(attempts=order.attempts + 1)
    changes.apply(phone.db, [OrderChange(order, again, "sent again, and lost again")], phone.now)
    phone.server.press(message, data)
    phone.server.settled()

    assert phone.order(order).state is State.UNKNOWN
    assert "was sent again since this message" in phone.server.popups[-1]["text"]
    assert labels(message) == []


def test_the_same_alert_in_two_chats_decides_once(phone: Phone) -> None:
    order = phone.lost()
    first, second = phone.alert_of(order), phone.alert_of(order)
    for message in (first, second):
        phone.press(message, "Release")
    phone.press(first, "queue it again")
    phone.press(second, "queue it again")

    assert [one.after for one in order_history.changes_of(phone.db, order)].count("queued") == 2
    assert labels(second) == []
    assert len(replies(phone.server)) == 1


@pytest.mark.parametrize(
    ("event", "state"), [(Event.ORDER_REJECTED, State.REJECTED), (Event.ORDER_EXPIRED, State.DROPPED)]
)
def test_an_order_that_was_rejected_or_expired_is_queued_again(
    phone: Phone, event: Event, state: State
) -> None:
    [order] = enqueued(phone.db, a_draft())
    rejected = order._replace(state=state, finished_at=phone.now, due_at=None)
    changes.apply(phone.db, [OrderChange(order, rejected, "refused")], phone.now)
    phone.press(phone.alert_of(rejected, event, **REJECTED), "Retry")

    assert phone.order(order).state is State.QUEUED


# -- adopt --------------------------------------------------------------------------------------------------


def test_an_id_that_the_evidence_found_is_adopted_by_a_button(phone: Phone) -> None:
    order = phone.lost()
    with phone.db.transaction():
        phone.db.sql(
            "INSERT INTO looks (order_id, at, ruling, reasons, facts) VALUES (?, ?, 'hold', '[]', ?)",
            (order.id, phone.now, '{"own_ids_found": {"777": {}, "778": {}}}'),
        )
    message = phone.alert_of(order)
    phone.press(message, "Adopt")
    assert labels(message) == ["Adopt 777", "Adopt 778", "Another id …", "Back"]
    phone.press(message, "Adopt 778")

    assert phone.order(order).panel_order_id == "778"
    assert replies(phone.server) == [f"Order {order.id} is 778 at the panel, and is now active (Ali Rezaei)."]


def test_another_id_is_asked_for_and_a_wrong_one_can_be_written_again(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    phone.press(message, "Adopt")
    phone.press(message, "Another id")
    question = phone.server.shows("Reply to this message")
    for text in ("7", "۵۰۰۰"):
        phone.server.say(text, reply_to=question.id)
        phone.server.settled()
    phone.server.say("5001", reply_to=question.id)
    phone.server.settled()

    assert phone.order(order).panel_order_id == "5000"
    assert [text.partition(":")[0] for text in replies(phone.server)[1:]] == [
        f"Order {order.id} stays unknown",
        f"Order {order.id} is 5000 at the panel, and is now active (Ali Rezaei).",
        "Already done",
    ]
    assert labels(message) == []


# -- panels and silence -------------------------------------------------------------------------------------


def test_a_panel_is_paused_and_resumed(phone: Phone) -> None:
    message = phone.alert(Notice(Event.PANEL_DOWN, "p", facts={"why": "no route"}))
    phone.press(message, "Pause")
    assert accounts.read(phone.db, "p").paused_at is not None
    phone.press(message, "Resume")

    assert accounts.read(phone.db, "p").paused_at is None
    assert labels(message) == ["Pause the panel", "Silence for a day"]
    assert [act.what for act in acts.newest(phone.db, 2)] == ["resumed", "paused"]
    assert {act.who for act in acts.newest(phone.db, 2)} == {"the operator in Telegram, Ali Rezaei (501)"}


def test_an_order_can_still_be_decided_after_its_panel_was_paused_and_its_alert_silenced(
    phone: Phone,
) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    data = phone.press(message, "Pause")
    phone.press(message, "Silence")
    assert labels(message) == ["Adopt …", "Release …", "Drop …", "Resume the panel"]
    phone.server.press(message, data)  # a second press comes late
    phone.server.settled()
    phone.press(message, "Drop")
    phone.press(message, "Give it up")

    assert phone.order(order).state is State.DROPPED
    assert labels(message) == ["Resume the panel"]


def test_a_panel_that_somebody_paused_since_or_whose_database_is_a_copy_is_not_resumed(phone: Phone) -> None:
    message = phone.alert(Notice(Event.PANEL_REFUSED, "p", facts={"words": "bad key"}))
    for stop in ({"paused_at": phone.now + DAY}, {"restored_at": phone.now}):
        with phone.db.transaction():
            accounts.update(phone.db, "p", lambda one, stop=stop: AccountChange(one._replace(**stop)))  # type: ignore[misc]
        phone.press(message, "Resume")
        account = accounts.read(phone.db, "p")
        assert (account.paused_at or account.restored_at) is not None
        assert "tracker resume p" in phone.server.popups[-1]["text"]


def test_what_is_silenced_for_a_day_is_listed_with_who_did_it(phone: Phone) -> None:
    phone.press(phone.alert(Notice(Event.PANEL_DOWN, "p", facts={"why": "no route"})), "Silence")
    [made] = silences.on(phone.db, phone.now + 1_000_000)

    assert (made.event, made.panel, made.until - made.made_at) == ("panel.down", "p", DAY)
    assert "Ali Rezaei (501)" in made.who


# -- who may not --------------------------------------------------------------------------------------------


def test_strangers_learn_nothing_and_change_nothing(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    data = phone.server.button(message, "Release")
    before = len(phone.server.calls)
    phone.server.press(message, data, EVE, chat=666)
    phone.server.say("/status", EVE, chat=666)
    phone.server.say("5000", EVE, chat=666, reply_to=message.id)
    phone.server.settled()

    assert set(phone.server.calls[before:]) == {"getUpdates"}
    assert phone.order(order) == order


def test_of_a_group_only_the_people_who_are_named_may_press(tmp_path: Path, server: BotServer) -> None:
    phone = Phone(tmp_path, server, ", users: [501]")
    with phone.listening():
        order = phone.lost()
        message = phone.alert_of(order)
        phone.press(message, "Release", person=EVE)
        assert server.popups == []
        phone.press(message, "Release")

    assert "queue it again" in "".join(labels(message))


@pytest.mark.parametrize("how", ["forwarded", "made up", "too old"])
def test_a_button_that_was_forwarded_made_up_or_is_old_does_nothing(phone: Phone, how: str) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    data = phone.server.button(message, "Pause")
    if how == "forwarded":
        message = Message(99, CHAT, "forwarded", {})
    elif how == "made up":
        data = "x" * 64
    else:
        with phone.db.transaction():
            phone.db.sql("UPDATE chat_keyboards SET expires_at = expires_at - ?", (EXPIRY,))
    phone.server.press(message, data)
    phone.server.settled()

    assert accounts.read(phone.db, "p").paused_at is None
    assert "Nothing was done" in phone.server.popups[-1]["text"]


# -- when things go wrong -----------------------------------------------------------------------------------


def test_what_was_done_before_a_crash_is_not_done_again_and_is_said(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    phone.press(message, "Drop")
    data = phone.server.button(message, "Give it up")
    pressed = chat.by_nonce(phone.db, "123456789", data)
    assert pressed is not None
    with phone.db.transaction():  # the process ends here, before it has answered
        chat.finish(phone.db, pressed, "Order 1 is now dropped (Ali)", phone.now)
    phone.server.press(message, data)
    phone.server.settled()

    assert phone.order(order) == order
    assert phone.server.popups[-1]["text"] == "Already done: Order 1 is now dropped (Ali)"
    assert labels(message) == []


def test_a_decision_stands_when_the_answer_to_it_fails(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    phone.press(message, "Drop")
    for method in ("editMessageReplyMarkup", "answerCallbackQuery", "sendMessage"):
        phone.server.failures[method] = [(500, b"<html>oops")]
    phone.press(message, "Give it up")

    assert phone.order(order).state is State.DROPPED


# -- how alerts are sent ------------------------------------------------------------------------------------


def test_an_alert_says_the_same_as_ever_and_its_end_carries_no_buttons(phone: Phone) -> None:
    order = phone.lost()
    message = phone.alert_of(order)
    end = phone.alert_of(order, ends=Event.ORDER_UNKNOWN, kind="settled", how="it was <given> up & gone")

    assert message.text.startswith("<b>")
    assert message.sent["parse_mode"] == "HTML"
    assert "&lt;given&gt; up &amp; gone" in end.text
    assert labels(end) == []


def test_a_digest_carries_no_buttons(phone: Phone) -> None:
    phone.alert_of(phone.lost())
    phone.alert(Notice(Event.PANEL_DOWN, "p"))
    phone.route.send(outbox.listed(phone.db), phone.now)

    assert labels(phone.server.messages[-1]) == []


@pytest.mark.parametrize(
    ("status", "words", "parameters", "why", "retry"),
    [
        (429, "Too Many Requests: retry after 7", {"retry_after": 7}, "it answered 429", 7_000_000),
        (
            400,
            "Bad Request: group chat was upgraded",
            {"migrate_to_chat_id": -100500},
            "put -100500 in",
            None,
        ),
        (403, "Forbidden: bot was blocked by the user", {}, "unblock it in Telegram", None),
        (401, "Unauthorized", {}, "the token of the bot is wrong", None),
    ],
)
def test_why_a_chat_did_not_take_an_alert(
    phone: Phone, status: int, words: str, parameters: dict[str, int], why: str, retry: int | None
) -> None:
    phone.server.failures["sendMessage"] = [
        (status, {"ok": False, "description": words, "parameters": parameters})
    ]
    with phone.db.transaction():
        outbox.post(phone.db, [Notice(Event.PANEL_DOWN, "p")], phone.now)
    alerts = outbox.listed(phone.db)
    outcome = phone.route.send(alerts, phone.now)

    assert isinstance(outcome, Undelivered)
    assert why in outcome.why
    assert (outcome.retry_after, "hush" in outcome.why) == (retry, False)
    assert phone.route.send(alerts, phone.now) == Delivered()
