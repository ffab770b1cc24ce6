from __future__ import annotations

import re
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.command_line import inner, root
from tests.support.zones import machine_in
from tracker.alerts.digest_message import digest
from tracker.alerts.messages import Message, message, shorten
from tracker.alerts.quiet_hours import read_zone
from tracker.alerts.wording import Wording
from tracker.events import Event, Notice
from tracker.lib.times import SECOND, read_rfc3339

AT = read_rfc3339("2026-11-20T12:00:00Z")
LINK = "https://instagram.test/p/Ab_c?x=<1>&y=2"


def order(**changes: Any) -> dict[str, Any]:
    return {
        **{"id": 7, "ref": "promo-1", "panel": "tagrani", "service": "4", "link": LINK, "quantity": 1000},
        **{"charge": "30000", "expected_charge": "30000", "currency": "Tomans", "remains": 0},
        **{"panel_order_id": "104", "panel_status": "Done", "state": "completed", "last_error": None},
        **changes,
    }


def made(event: Event, panel: str | None = "tagrani", **facts: Any) -> Message:
    return message(Notice(event, panel, facts=facts), AT)


def test_the_message_of_a_completed_order_has_all_that_identifies_it() -> None:
    assert made(Event.ORDER_COMPLETED, order=order()) == Message(
        "Order 7 (promo-1) completed",
        f"1,000 of service 4\nat tagrani, as order 104 there\n{LINK}\nCharge: 30,000 Tomans\n2026-11-20 12:00 UTC",
        Event.ORDER_COMPLETED,
        "success",
    )


def test_a_line_with_an_unknown_fact_is_left_out() -> None:
    bare = order(ref=None, quantity=None, charge=None, expected_charge=None, panel_order_id=None)
    text = made(Event.ORDER_COMPLETED, order=bare)
    assert text.title == "Order 7 completed"
    assert text.body.splitlines() == ["Service 4", "at tagrani", LINK, "2026-11-20 12:00 UTC"]


def test_the_message_of_an_unknown_order_has_what_is_known_and_both_commands() -> None:
    text = made(
        Event.ORDER_UNKNOWN,
        order=order(charge=None, panel_order_id=None),
        why="tagrani.com did not answer within 120 s",
        submitted_at="2026-11-20T11:58:00.000Z",
        balance_before="812000",
        newest_id="103",
    ).body
    for words in (
        "did not answer within 120 s",
        "to send it again could pay twice",
        "Expected charge: 30,000 Tomans",
        "Sent at 2026-11-20 11:58 UTC",
        "Balance before: 812,000 Tomans",
        "Newest order at the panel before: 103",
        "tracker resolve 7 --adopt PANEL_ID",
        "tracker resolve 7 --release",
        "tracker drop 7",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("event", "facts", "words"),
    [
        (
            Event.ORDER_PARTIAL,
            {"order": order(remains=40)},
            "Not delivered: 40 of 1,000\nComes back: 1,200 Tomans",
        ),
        (Event.ORDER_CANCELED, {"order": order()}, "Comes back: 30,000 Tomans"),
        (Event.ORDER_FAILED, {"order": order()}, "ask tagrani about its order 104"),
        (
            Event.ORDER_REJECTED,
            {"order": order(), "words": "quantity is below 500"},
            "Why: quantity is below 500",
        ),
        (Event.ORDER_REJECTED, {"order": order(last_error="no such link")}, "Why: no such link"),
        (Event.ORDER_REJECTED, {"order": order()}, "`tracker retry 7`"),
        (
            Event.ORDER_ADOPTED,
            {"order": order(state="active"), "by": "ali"},
            "was found by ali.\nIt is followed again, and is now active.",
        ),
        (
            Event.ORDER_STUCK,
            {"order": order(), "kind": "missing", "words": "Incorrect order ID"},
            "Incorrect order ID",
        ),
        (Event.ORDER_STUCK, {"order": order(), "kind": "word", "word": "Zzz"}, "`tracker show 7`"),
        (
            Event.BALANCE_LOW,
            {"balance": "100.5", "low": "50000", "currency": "Tomans"},
            "below 50,000 Tomans",
        ),
        (
            Event.BALANCE_SHORT,
            {"balance": None, "needed": "30000", "currency": "T", "words": "no money"},
            "queued: 30,000 T",
        ),
        (Event.PANEL_DOWN, {"why": "no connection", "since": "2026-11-20T11:00:00Z"}, "Why: no connection"),
        (Event.PANEL_UP, {"since": "x", "lasted": "12 min"}, "did not answer for 12 min"),
        (Event.PANEL_REFUSED, {"words": "Invalid API key"}, "tracker resume tagrani"),
        (
            Event.SERVICE_CHANGED,
            {"count": 1, "changes": ["4 (Likes): price 30 is now 33"]},
            "price 30 is now 33",
        ),
        (Event.SPEND_UNEXPLAINED, {"why": "500 went"}, "tracker pause tagrani"),
        (Event.DAEMON_STARTED, {"version": "1.2", "orders": {"queued": 3, "active": 0}}, "Orders: 3 queued"),
        (Event.ALERT_DEAD, {"target": "ops", "error": "no route", "count": 31}, "Lost for now: 31"),
        (Event.ALERT_TEST, {"target": "ops"}, "There is nothing to do"),
    ],
)
def test_each_event_says_what_happened_and_what_to_do(
    event: Event, facts: dict[str, Any], words: str
) -> None:
    assert words in made(event, **facts).body


def test_a_headline_alone_says_the_most_important() -> None:
    assert made(Event.ORDER_STUCK, order=order(), kind="word", word="Zzz").title.endswith("not known: Zzz")
    assert made(Event.ORDER_CHANGED, order=order(), **{"from": "completed", "to": "partial"}).title == (
        "Order 7 (promo-1) changed from completed to partial"
    )
    assert (
        made(Event.BALANCE_LOW, balance="9.5", currency="USD").title == "tagrani: the balance is low, 9.5 USD"
    )
    assert made(Event.DAEMON_STOPPED, panel=None, host="vps1").title == "Tracker stopped on vps1"
    assert made(Event.ALERT_TEST, panel=None, target="ops").title == "Test message of tracker for ops"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted(
    {
        *order(),
        "order",
        "why",
        "words",
        "kind",
        "word",
        "balance",
        "low",
        "orders",
        "from",
        "to",
        "version",
        "what",
    }
)
ODD_FACTS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)


@given(st.sampled_from(list(Event)), ODD_FACTS, ODD_FACTS)
def test_missing_and_odd_facts_still_make_a_message(
    event: Event, facts: dict[str, Any], odd: dict[str, Any]
) -> None:
    for known in (facts, {**facts, "order": odd}, {**facts, "order": order() | odd}):
        notice = Notice(event, facts=known)
        text = message(notice, AT)
        assert text.title
        assert "\n" not in text.title
        assert "None" not in text.title
        assert digest([(notice, AT), (Notice(event, "p", 3, known), AT)]).body


def test_every_event_has_a_text() -> None:
    for event in Event:
        assert message(Notice(event), AT).body.endswith("2026-11-20 12:00 UTC")


def test_every_command_in_a_text_is_one_that_exists() -> None:
    kinds = ("missing", "word")
    facts = [{"order": order(), "kind": kind} for kind in kinds]
    bodies = [message(Notice(event, "p", facts=fact), AT).body for event in Event for fact in facts]
    bodies.append(digest([(Notice(Event.PANEL_UP), AT)] * 20).body)
    found = {
        tuple(text.split()) for body in bodies for text in re.findall(r"tracker ([a-z][^`\n;,.]*)", body)
    }
    assert len(found) > 10
    for words in found:
        context = root()
        arguments = list(words)
        while isinstance(context.command, click.Group):
            context = inner(context, arguments.pop(0))
        if arguments:
            context.command.make_context(context.info_name, arguments, context.parent)


# -- digests --------------------------------------------------------------------------------------------


def ended(event: Event, count: int, **changes: Any) -> list[tuple[Notice, int]]:
    return [
        (Notice(event, "tagrani", n, {"order": order(id=n, ref=None, **changes)}), AT + n * SECOND)
        for n in range(1, count + 1)
    ]


def test_a_digest_counts_sums_and_names_the_first_few() -> None:
    items = [
        *ended(Event.ORDER_COMPLETED, 9_997, charge="0.1"),
        *ended(Event.ORDER_PARTIAL, 2, remains=250, charge="750", expected_charge="1000"),
        *ended(Event.ORDER_CANCELED, 1, charge="0", expected_charge="12.5", currency="USD"),
    ]
    text = digest(items)
    lines = text.body.splitlines()
    assert (
        text.title == "10,000 notices: 2 orders delivered in part, 1 order canceled, 9,997 orders completed"
    )
    assert lines[:3] == ["2 orders delivered in part", "1 order canceled", "9,997 orders completed"]
    assert lines[3] == "Spent: 2,499.7 Tomans"
    assert lines[4] == "To come back from the panel: 500 Tomans, 12.5 USD"
    assert lines[5] == f"• Order 1 was delivered only in part: {LINK}"
    assert lines[-2] == "… and 9,992 more: tracker alerts list --limit 10000"
    assert lines[-1] == "2026-11-20 12:00 UTC to 2026-11-20 14:46 UTC"
    assert len(lines) == 5 + 8 + 2
    assert text.event is None
    assert text.tone == "warning"


def test_a_digest_of_one_notice_is_the_message_of_that_notice() -> None:
    [item] = ended(Event.ORDER_COMPLETED, 1)
    assert digest([item]) == message(*item)


def test_a_digest_of_other_events_names_them_without_sums() -> None:
    text = digest(
        [(Notice(Event.PANEL_UP, "a"), AT), (Notice(Event.BALANCE_OK, "a", facts={"balance": "9"}), AT)]
    )
    assert text.body.splitlines() == [
        "1 panel answers again",
        "1 balance that recovered",
        "• a answers again",
        "• a: the balance has recovered, 9",
        "2026-11-20 12:00 UTC",
    ]


def test_tiny_sums_are_not_rounded_to_nothing() -> None:
    assert "Spent: 0.00002 Tomans" in digest(ended(Event.ORDER_COMPLETED, 2, charge="0.00001")).body


def test_the_counts_of_a_headline_add_up_and_problems_come_first() -> None:
    items = [
        *ended(Event.ORDER_COMPLETED, 7), *ended(Event.ORDER_ADOPTED, 2), *ended(Event.ORDER_CANCELED, 3),
        *ended(Event.ORDER_FAILED, 1), (Notice(Event.PANEL_UP, "p"), AT), *ended(Event.ORDER_PARTIAL, 1, remains=1),
    ]  # fmt: skip
    text = digest(items)

    assert text.title == "15 notices: 1 order failed, 3 orders canceled, 1 order delivered in part, 10 more"
    assert [line.split()[0] for line in text.body.splitlines()[:6]] == ["1", "3", "1", "7", "2", "1"]
    assert text.body.splitlines()[9].startswith("• Order 1 failed at the panel")


def test_a_digest_says_of_how_many_ends_the_cost_is_not_known() -> None:
    items = [
        *ended(Event.ORDER_COMPLETED, 2),
        *ended(Event.ORDER_COMPLETED, 1, charge=None, expected_charge=None),
    ]

    assert "Spent: 60,000 Tomans\nWhat 1 of these orders cost is not known." in digest(items).body


def test_a_digest_says_what_is_at_stake_for_orders_that_failed() -> None:
    items = [
        *ended(Event.ORDER_COMPLETED, 2, charge="10"),
        *ended(Event.ORDER_FAILED, 3, charge="7.5", expected_charge="7.5"),
        *ended(Event.ORDER_FAILED, 1, charge=None, expected_charge=None),
    ]
    lines = digest(items).body.splitlines()

    assert lines[2:5] == [
        "Spent: 20 Tomans",
        "Failed orders, whose money the panel may have kept: 22.5 Tomans",
        "What 1 of these orders cost is not known.",
    ]


def test_an_end_is_counted_apart_from_what_it_ends() -> None:
    open_, over = (
        Notice(Event.ORDER_UNKNOWN, "p", facts={"order": order(), **kind})
        for kind in ({}, {"kind": "settled"})
    )

    assert digest([(open_, AT), (over, AT)]).body.splitlines()[:2] == [
        "1 order whose answer was lost",
        "1 order cleared up",
    ]


# -- wording -------------------------------------------------------------------------------------------


def test_a_wording_has_the_zone_and_the_names_of_services() -> None:
    wording = Wording(zone=read_zone("Asia/Tehran"), service_name=lambda panel, service: f"Likes of {panel}")
    notice = Notice(Event.ORDER_COMPLETED, "tagrani", facts={"order": order()})

    body = message(notice, AT, wording).body

    assert body.startswith("1,000 × Likes of tagrani (service 4)\n")
    assert body.endswith("2026-11-20 15:30")


@pytest.mark.parametrize(
    ("sentence", "own"),
    [
        ("it was given up", "sie ist aufgegeben"),
        ("the answer did not come within 120 s", "keine Antwort in 120 Sekunden"),
        ("something else", "something else"),
    ],
)
def test_sentences_of_other_rooms_are_said_in_the_users_words(sentence: str, own: str) -> None:
    phrases = {
        "it was given up": "sie ist aufgegeben",
        "the answer did not come within {span}": "keine Antwort in {span}",
        "{number} s": "{number} Sekunden",
    }

    assert Wording(phrases=phrases).translated(sentence) == own


def test_values_in_lines_from_right_to_left_are_kept_apart_but_never_in_commands() -> None:
    wording = Wording(texts={"panel.refused": "$panel رد کرد\nپیام: $words\nسپس: tracker resume $panel\n"})

    body = message(Notice(Event.PANEL_REFUSED, "shop", facts={"words": "Bad key"}), AT, wording).body

    assert body.splitlines()[:2] == ["پیام: \u2068Bad key\u2069", "سپس: tracker resume shop"]


def test_a_long_link_keeps_its_host_and_its_end() -> None:
    shown = made(
        Event.ORDER_COMPLETED, order=order(link=f"https://x.example/{'a' * 3000}/end")
    ).body.splitlines()[2]

    assert len(shown) == 72
    assert shown.startswith("https://x.example/aaa")
    assert shown.endswith("aaa/end")


# -- shortening ----------------------------------------------------------------------------------------


def test_shortened_text_ends_between_lines_or_words() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("x" * 10, 10) == "x" * 10
    lines = "\n".join(f"line {n}: {LINK}" for n in range(100))
    cut = shorten(lines, 500)
    assert len(cut) <= 500
    assert cut.endswith(f"{LINK}\n… (shortened)")
    assert shorten("word " * 100, 60).endswith("word\n… (shortened)")


@given(st.text(), st.integers(0, 60))
def test_shortened_text_always_fits(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


def test_a_digest_says_which_tag_had_what() -> None:
    def about(event: Event, *tags: str) -> Notice:
        return Notice(event, "p", 1, {"order": {"id": 1, "tags": list(tags)}})

    notices = [about(Event.ORDER_COMPLETED, "july", "vip"), about(Event.ORDER_FAILED, "july")]
    notices += [about(Event.ORDER_COMPLETED), Notice(Event.TAG_ENDED, facts={"tag": "aug"})]
    lines = digest([(notice, AT) for notice in notices]).body.splitlines()

    assert "july: 1 order failed, 1 order completed" in lines
    assert "vip: 1 order completed" in lines
    assert "aug: 1 tag that is over" in lines


def test_the_end_of_a_tag_is_told_in_one_line() -> None:
    facts = {
        "tag": "july", "orders": {"completed": 120, "partial": 3}, "spent": {"Toman": "45000", "USD": "0.5"}, "unpriced": 0,
    }  # fmt: skip
    said = message(Notice(Event.TAG_ENDED, facts=facts), AT)

    assert said.title == "july is over: 120 completed, 3 partial, 45,000 Toman, 0.5 USD"
    assert said.body.splitlines()[0] == "Its orders: tracker list --tag july"


@pytest.mark.parametrize("zone", ["Asia/Tehran", ":Asia/Tehran", "<+0330>-3:30"])
def test_without_a_zone_in_the_config_times_are_those_of_the_machines_clock(zone: str) -> None:
    with machine_in(zone):
        assert Wording(zone=None).time(AT) == "2026-11-20 15:30"
