from __future__ import annotations

import json
from typing import Any

from tests.support.samples import NOW
from tracker.alerts.delivery import Delivery
from tracker.alerts.samples import samples
from tracker.alerts.webhook_body import ORDER_KEYS, webhook_body
from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.orders import order_json

KEYS = [
    "version",
    "id",
    "event",
    "at",
    "urgent",
    "tone",
    "panel",
    "order",
    "facts",
    "title",
    "text",
    "alerts",
]
LINK = "https://x.example/a?b=<1>&c"


def alert(number: int, notice: Notice, at: int = NOW) -> Delivery:
    return Delivery(number, "shop", notice, at, in_digest=False, attempts=0)


def done(number: int, **facts: Any) -> Notice:
    order = {"id": number, "ref": f"r{number}", "link": LINK, "state": "completed", "charge": "1.50"}
    return Notice(Event.ORDER_COMPLETED, "p", number, {"order": order, **facts})


def test_one_alert_is_an_object_with_what_happened_and_how_people_read_it() -> None:
    now = {
        7: {
            "state": "active",
            "start_count": 5,
            "comments": "never",
            "created_at": "2026-01-01T00:00:00.000Z",
        }
    }

    body = webhook_body([alert(3, done(7, kind="x"), NOW + SECOND)], now)

    sent = json.loads(body.encoded())
    assert list(sent) == KEYS
    assert (sent["version"], sent["id"], body.id) == (1, f"alert_3_{NOW + SECOND}", sent["id"])
    assert (sent["event"], sent["panel"], sent["tone"], sent["urgent"]) == (
        "order.completed",
        "p",
        "success",
        False,
    )
    assert sent["at"] == "2026-09-21T14:13:21.000Z"
    assert sent["facts"] == {"kind": "x"}
    assert "Order 7 (r7) completed" in sent["title"]
    assert LINK in sent["text"]
    assert sent["alerts"] is None
    assert tuple(sent["order"]) == ORDER_KEYS
    assert (sent["order"]["state"], sent["order"]["charge"]) == ("completed", "1.50")
    assert (sent["order"]["start_count"], sent["order"]["remains"]) == (5, None)


def test_an_order_has_the_keys_that_commands_print_but_its_comments() -> None:
    assert tuple(key for key in order_json.ORDER_KEYS if key != "comments") == ORDER_KEYS


def test_every_message_has_every_key_and_is_json() -> None:
    for notice in samples().values():
        sent = json.loads(webhook_body([alert(1, notice)], {}).encoded())
        assert list(sent) == KEYS
        assert (sent["order"] is None) == ("order" not in notice.facts)
        assert sent["title"]


def test_a_digest_is_an_object_with_the_list_of_its_alerts() -> None:
    urgent = Notice(Event.BALANCE_LOW, "p", facts={"balance": "1", "low": "2"})
    alerts = [alert(1, done(7)), alert(2, urgent, NOW + MINUTE), alert(4, done(8))]

    sent = json.loads(webhook_body(alerts, {}, "shop").encoded())

    assert list(sent) == KEYS
    assert (sent["event"], sent["panel"], sent["order"], sent["facts"]) == ("digest", None, None, {})
    assert (sent["urgent"], sent["tone"]) == (True, "warning")
    assert sent["at"] == sent["alerts"][1]["at"]
    assert sent["title"].startswith("3 notices: ")
    assert [one["id"] for one in sent["alerts"]] == [webhook_body([one], {}).id for one in alerts]
    assert [list(one) for one in sent["alerts"]] == [KEYS[1:-1]] * 3


def test_the_id_of_a_digest_stays_while_its_alerts_do() -> None:
    first, second, third = (alert(number, done(number)) for number in (1, 2, 3))

    assert webhook_body([first, second], {}).id == webhook_body([first, second], {9: {}}, "x").id
    assert webhook_body([first, second], {}).id != webhook_body([first, second, third], {}).id
    assert "." not in webhook_body([first, second], {}).id


def test_another_database_gives_other_ids() -> None:
    assert webhook_body([alert(1, done(7))], {}).id != webhook_body([alert(1, done(7), NOW + 1)], {}).id


def test_half_a_character_in_a_panels_words_stops_nothing() -> None:
    body = webhook_body([alert(1, done(7, words="\ud83d"))], {})

    assert json.loads(body.encoded())["facts"] == {"words": "?"}


def test_no_alert_at_all_is_an_empty_digest() -> None:
    sent = webhook_body([], {}).json

    assert (sent["alerts"], sent["at"]) == ([], None)
