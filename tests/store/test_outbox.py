"""What goes out to a target next: the order, the circuit breaker, digests, quiet hours, backlogs, dead deliveries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database
from tracker.alerts.delivery import BURST, CALM, GATHER, after_failure
from tracker.alerts.digest_message import digest
from tracker.alerts.quiet_hours import read_quiet_hours
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, read_rfc3339
from tracker.store import counters, deliveries, outbox
from tracker.store.database import Database
from tracker.store.deliveries import Outgoing

DONE = Notice(Event.ORDER_COMPLETED, "p")


def post(db: Database, now: int, *notices: Notice) -> None:
    with db.transaction():
        outbox.post(db, notices, now)


def numbered(count: int) -> list[Notice]:
    return [Notice(Event.ORDER_COMPLETED, "p", number) for number in range(1, count + 1)]


def next_message(db: Database, now: int, target: str = "ops") -> Outgoing:
    found = deliveries.next_outgoing(db, target, now)
    assert found is not None
    return found


def fail(db: Database, outgoing: Outgoing, retry_at: int, why: str, now: int) -> None:
    """Record a failed send to a target that asks to be left alone until a time."""
    retry = after_failure(
        deliveries.breaker(db, outgoing.target), outgoing.attempts, retry_at - now, now, 0.0
    )
    assert retry.at == retry_at
    deliveries.mark_failed(db, outgoing, retry, why, now)


def contents(db: Database, now: int, target: str = "ops") -> list[int | None]:
    """What the next message is made of, by the orders' numbers."""
    found = deliveries.next_outgoing(db, target, now)
    return [] if found is None else [one.notice.order_id for one in deliveries.contents(db, found)]


def test_a_digest_collects_from_its_first_notice_and_urgent_ones_go_at_once(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("desk", digest=100))
    post(db, NOW, DONE)
    post(db, NOW + 60, DONE)
    post(db, NOW + 70, Notice(Event.BALANCE_LOW, "p"))

    first = next_message(db, NOW + 70, "desk")
    assert first.single is not None
    assert first.single.notice.event is Event.BALANCE_LOW
    deliveries.mark_sent(db, first, NOW + 70)
    assert deliveries.next_outgoing(db, "desk", NOW + 99) is None
    assert len(contents(db, NOW + 100, "desk")) == 2


@pytest.mark.sqlite  # on a server it takes a minute; that a long digest is read page by page is tried there below
def test_ten_thousand_completions_in_an_hour_are_four_messages(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("desk", digest=15 * MINUTE))
    messages = []
    for second in range(0, 3600 + 15 * 60, 10):
        now = NOW + second * SECOND
        if second < 3600:
            post(db, now, *([DONE] * (28 if second % 90 < 70 else 27)))
        if (due := deliveries.next_outgoing(db, "desk", now)) is not None:
            messages.append(digest(((one.notice, one.at) for one in deliveries.contents(db, due)), "desk"))
            deliveries.mark_sent(db, due, now)

    assert sum(int(one.title.split()[0].replace(",", "")) for one in messages) > 9_900
    assert len(messages) == 4


def test_a_digest_survives_a_restart_and_is_never_empty(tmp_path: Path) -> None:
    desk = Subscription("desk", digest=MINUTE)
    db = a_database(tmp_path, desk)
    post(db, NOW, *numbered(3))
    db.close()
    db = a_database(tmp_path, desk)

    assert contents(db, NOW + MINUTE, "desk") == [1, 2, 3]
    deliveries.mark_sent(db, next_message(db, NOW + MINUTE, "desk"), NOW + MINUTE)
    assert deliveries.next_outgoing(db, "desk", NOW + DAY) is None


def test_a_target_that_fails_is_left_alone_and_the_order_is_kept(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(2))
    fail(db, next_message(db, NOW), NOW + 30 * SECOND, "refused", NOW)

    assert deliveries.next_outgoing(db, "ops", NOW + 29 * SECOND) is None
    assert deliveries.next_due(db, "ops") == NOW + 30 * SECOND
    assert contents(db, NOW + 30 * SECOND) == [1, 2]
    deliveries.mark_sent(db, next_message(db, NOW + 30 * SECOND), NOW + 30 * SECOND)
    assert deliveries.breaker(db, "ops").failures == 0


def test_one_target_delays_no_other(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"), Subscription("desk"))
    post(db, NOW, DONE)
    fail(db, next_message(db, NOW), NOW + HOUR, "refused", NOW)
    assert deliveries.next_outgoing(db, "desk", NOW) is not None


def test_a_message_that_alone_is_refused_does_not_delay_the_others(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(3))
    now = NOW
    taken: set[int | None] = set()
    while taken != {2, 3} and now < NOW + 12 * MINUTE:
        now += MINUTE
        found = contents(db, now)
        if 1 in found:  # it spoils a digest, too
            fail(db, next_message(db, now), now + MINUTE, "400 bad request", now)
        elif found:
            taken |= set(found)
            deliveries.mark_sent(db, next_message(db, now), now)

    assert taken == {2, 3}
    now += MINUTE
    assert contents(db, now) == [1]
    fail(db, next_message(db, now), now + HOUR, "400 bad request", now)
    post(db, now, Notice(Event.BALANCE_LOW, "p"))
    low = next_message(db, now)
    assert low.single is not None
    assert low.single.notice.event is Event.BALANCE_LOW


def test_what_piled_up_while_a_target_was_unavailable_comes_as_one_message(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(1))
    fail(db, next_message(db, NOW), NOW + 30 * SECOND, "refused", NOW)
    post(db, NOW + 29 * SECOND, *numbered(600))
    assert contents(db, NOW + 30 * SECOND) == [1, *range(1, 601)]

    deliveries.mark_sent(db, next_message(db, NOW + 30 * SECOND), NOW + 30 * SECOND)
    assert counters.alerts(db) == {"waiting": 0, "dead": 0}


def test_a_burst_goes_out_one_by_one_at_first_and_then_together(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(600), Notice(Event.BALANCE_LOW, "p"))
    pace, sent = CALM, []
    now = NOW
    while (found := deliveries.next_outgoing(db, "ops", now, pace)) or now < NOW + GATHER:
        if found is None:
            now += GATHER
            continue
        sent.append([one.notice.order_id for one in deliveries.contents(db, found)])
        deliveries.mark_sent(db, found, now)
        pace = pace.after_send(now)

    assert sent == [[None], *([number] for number in range(1, BURST)), list(range(BURST, 601))]


def test_what_is_dead_is_news_once_and_can_be_queued_again(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(2))
    fail(db, next_message(db, NOW), NOW + HOUR, "refused", NOW)
    assert deliveries.mark_dead(db, "ops", NOW - 1, "refused") == (0, False)
    assert deliveries.mark_dead(db, "ops", NOW, "refused") == (2, True)
    assert counters.alerts(db) == {"waiting": 0, "dead": 2}
    assert counters.deliveries(db) == {("ops", "dead"): 2}

    post(db, NOW, DONE)
    fail(db, next_message(db, NOW + HOUR), NOW + 2 * HOUR, "refused", NOW + HOUR)
    assert deliveries.mark_dead(db, "ops", NOW + HOUR, "refused") == (1, False)

    assert outbox.requeue_dead(db, NOW + HOUR) == 3
    assert contents(db, NOW + HOUR) == [1]


def test_in_quiet_hours_only_urgent_news_comes_and_the_rest_is_one_message_after(tmp_path: Path) -> None:
    night = read_quiet_hours("22:00-07:00 UTC")
    db = a_database(
        tmp_path, Subscription("ops", quiet=night), Subscription("desk", quiet=night, digest=HOUR)
    )
    at = read_rfc3339("2026-11-24T21:30:00Z")
    post(db, at, DONE)
    assert len(contents(db, at)) == 1
    deliveries.mark_sent(db, next_message(db, at), at)

    late, morning = read_rfc3339("2026-11-24T23:00:00Z"), read_rfc3339("2026-11-25T07:00:00Z")
    post(db, late, DONE, DONE, Notice(Event.PANEL_DOWN, "p"))
    urgent = next_message(db, late)
    assert urgent.single is not None
    assert urgent.single.notice.event is Event.PANEL_DOWN
    deliveries.mark_sent(db, urgent, late)

    # What recovers in the night, and reminders, can wait for the morning; a digest that falls due then, too.
    post(db, late + HOUR, Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN))
    assert deliveries.next_outgoing(db, "ops", morning - 1) is None
    assert len(contents(db, morning)) == 3
    assert deliveries.next_due(db, "desk") == morning


def test_a_digest_of_many_is_read_page_by_page_and_marked_sent_as_it_was_sent(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("desk", digest=MINUTE))
    post(db, NOW, *numbered(2 * deliveries.PAGE + 7))
    due = NOW + MINUTE
    found = next_message(db, due, "desk")
    post(db, NOW, *numbered(1))  # written late, due at the same time, and not in the message

    assert [one.notice.order_id for one in deliveries.contents(db, found)] == [
        *range(1, 2 * deliveries.PAGE + 8)
    ]
    assert deliveries.mark_sent(db, found, due) == 2 * deliveries.PAGE + 7
    assert contents(db, due, "desk") == [1]


def test_a_target_of_limited_messages_gets_the_oldest_first_and_the_urgent_before(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(5), Notice(Event.BALANCE_LOW, "p"), Notice(Event.ORDER_COMPLETED, "p", 7))
    sent = []
    while (found := deliveries.next_outgoing(db, "ops", NOW, most=3)) is not None:
        sent.append([one.notice.order_id for one in deliveries.contents(db, found)])
        deliveries.mark_sent(db, found, NOW)

    assert sent == [[None], [1, 2, 3], [4, 5, 7]]


def test_a_limited_message_that_failed_is_made_again_of_the_same(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, NOW, *numbered(5))
    first = deliveries.next_outgoing(db, "ops", NOW, most=2)
    assert first is not None
    fail(db, first, NOW + MINUTE, "down", NOW)
    post(db, NOW + MINUTE, *numbered(9))

    again = deliveries.next_outgoing(db, "ops", NOW + MINUTE, most=2)

    assert again is not None
    assert next(deliveries.contents(db, again)).notice.order_id == 1
    assert again.up_to == first.up_to
