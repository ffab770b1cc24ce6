"""Asking again for lost orders: for which, when nothing is asked, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.daemon.asking import KEYED, WINDOW, Make, make
from tests.support.samples import NOW, a_draft, enqueued
from tests.support.sent_orders import followed, many_lost
from tracker.config.kinds import Secret
from tracker.daemon.passes.ask_again import AskAgain
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.resolution import By, after_drop
from tracker.orders.submission import ADD_MARGIN
from tracker.panel.dialects.built_in import named
from tracker.panel.exchange import Exchange, Request
from tracker.store import asks, attempts, changes, evidence, uptime

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

__all__ = ["make"]

STOPPING = "not asked again: this daemon is stopping, or another one sends"


# -- what is sent -----------------------------------------------------------------------------------------


def test_the_same_request_leaves_once_more_on_record_and_with_the_time_that_is_left(make: Make) -> None:
    asking = make("{base: tagrani, idempotency_field: request_id, idempotency_window: 2m}")
    order = asking.lost()
    asking.stage.now += 30 * SECOND

    assert asking.run() == [order.id]

    within = 2 * MINUTE - 30 * SECOND - 20 * SECOND
    ((request, timeout),) = asking.wire.sent
    assert (request.form["request_id"], timeout) == ("key-lost", within)
    (ask,) = asking.asks(order)
    now = asking.stage.now
    assert (ask.at, ask.answered_at, ask.begun, ask.outcome) == (now, now, True, "adopted")
    assert asking.progress == ["submit"], "what asks for long is not stuck"
    assert asking.why(order) == [("adopt", "asked again: the panel has it as 5002")]
    assert [(one.at, one.facts) for one in evidence.checks(asking.stage.db, order.id)] == [(now, {})]


def test_with_another_api_key_it_would_be_a_new_order_of_another_account(make: Make) -> None:
    asking = make()
    order = asking.lost()
    asking.ask = asking.fresh(key=Secret("the key of another account"))

    assert asking.run() == []

    assert asking.wire.sent == []
    assert asking.why(order) == [("hold", "not asked again: the same request cannot be written any more")]
    asking.ask = asking.fresh()
    assert asking.run() == [order.id]


def test_while_it_is_on_its_way_it_may_be_for_as_long_as_it_lasts(make: Make) -> None:
    asking = make()
    order = asking.lost()
    seen: list[int | None] = []
    asking.wire.meanwhile = lambda: seen.append(asks.open_until(asking.stage.db, order.id, NOW))

    asking.run()

    assert seen == [NOW + asking.context.panel.add_timeout + ADD_MARGIN]


def test_what_changed_while_the_slot_was_waited_for_counts(make: Make) -> None:
    asking = make("{base: tagrani, idempotency_field: request_id, idempotency_window: 2m}")
    order = asking.lost()

    def wait() -> bool:
        asking.stage.now += 2 * MINUTE
        return True

    asking.wire.acquire_slot = wait
    assert asking.run() == []
    assert asking.wire.sent == []
    assert "the panel may have forgotten it: it was sent 2 min ago" in asking.why(order)[0][1]


def test_where_the_client_ends_during_that_wait_nothing_is_sent(make: Make) -> None:
    asking = make()
    order = asking.lost()
    asking.wire.acquire_slot = lambda: False

    assert asking.run() == []
    assert asking.wire.sent == []
    assert asking.why(order) == [("hold", STOPPING)]
    assert asking.asks(order) == []


def test_what_was_settled_during_that_wait_is_not_sent(make: Make) -> None:
    asking = make()
    order = asking.lost()

    def drop() -> bool:
        changes.apply(asking.stage.db, [after_drop(order, By.OPERATOR, NOW)], NOW)
        return True

    asking.wire.acquire_slot = drop
    assert asking.run() == []
    assert asking.wire.sent == []
    assert asking.why(order) == []


# -- which of them ----------------------------------------------------------------------------------------


def test_lost_orders_are_asked_for_in_turn_once_they_are_due(make: Make) -> None:
    asking = make()
    asking.wire.bodies = ['{"order": 5002}', '{"order": 5003}', '{"order": 5004}']
    due = [asking.lost(f"n{n}", due_at=due_at) for n, due_at in enumerate((NOW, None, NOW - 1))]
    asking.lost("early", due_at=NOW + 1)
    asking.lost("never-sent", attempts=0)
    asking.lost("elsewhere", panel="q")
    followed(asking.stage, 4001, link="https://x.example/active")

    assert asking.run() == [one.id for one in due]
    assert [request.form["request_id"] for request, _ in asking.wire.sent] == ["key-n0", "key-n1", "key-n2"]


def test_each_lost_order_is_considered_however_many_there_are(make: Make) -> None:
    asking = make()
    many_lost(asking.stage, 102)
    asking.know(paused_at=NOW)

    assert asking.run() == []
    ((checked,),) = asking.stage.db.sql("SELECT COUNT(DISTINCT order_id) FROM looks")
    assert checked == 102


@pytest.mark.parametrize(
    ("body", "asked"), [(None, 1), ('{"order": 5002}', 2), ('{"error": "Incorrect service ID"}', 2)]
)
def test_after_one_that_is_not_answered_the_others_wait(make: Make, body: str | None, asked: int) -> None:
    asking = make()
    asking.wire.bodies = [body, '{"order": 5003}']
    both = [asking.lost("one"), asking.lost("two")]

    assert asking.run() == [one.id for one in both][:asked]


def test_what_was_not_sent_is_not_counted_as_sent_and_ends_the_round(make: Make) -> None:
    asking = make()
    order, _ = asking.lost("one"), asking.lost("two")
    ticks = iter(range(0, 10**6, 6))
    asking.stage.elapsed = lambda: NOW + next(ticks) * SECOND

    assert asking.run() == []
    assert asking.wire.sent == []
    assert [one.outcome for one in asking.asks(order)] == ["nothing"]
    assert len(asking.why(order)) == 1
    assert asking.context.account().failures == 0, "that says nothing of the panel"


# -- when nothing is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"paused_at": NOW}, "submitting is paused; `tracker resume` restarts it"),
        ({"hold_until": NOW + 1}, "the panel asked for a pause, or failed just now"),
        ({"doubt": "the wallet sank"}, "the wallet sank"),
        ({"doubt": "the wallet sank", "down_at": NOW}, "the panel does not answer"),
        ({"unproven_at": NOW}, "the database may be an older copy"),
    ],
)
def test_nothing_is_asked_of_an_account_that_nothing_is_sent_from(
    make: Make, known: dict[str, Any], why: str
) -> None:
    asking = make()
    order = asking.lost()
    asking.know(**known)

    assert asking.run() == []
    assert asking.why(order) == [("hold", f"not asked again: {why}")]
    assert asking.wire.sent == []


def test_nothing_is_asked_by_a_daemon_that_stops_or_has_lost_its_lease(make: Make) -> None:
    asking = make()
    order = asking.lost()
    asking.stage.stopping.set()
    asking.run()
    asking.stage.stopping.clear()
    with asking.stage.db.lease("submit:p") as lease, asking.stage.without_lease("submit:p"):
        asking.ask.run(lease)

    assert asking.why(order) == [("hold", STOPPING)] * 2
    assert asking.wire.sent == []


@pytest.mark.parametrize(
    ("beat_in", "step_ago", "known"),
    [
        (0, None, True), (1, None, False), (0, 0, False), (0, DAY - 1, False), (0, DAY, True), (1, DAY, False),
    ],
)  # fmt: skip
def test_how_long_ago_another_process_sent_it_is_known_unless_the_clock_was_set(
    make: Make, beat_in: int, step_ago: int | None, known: bool
) -> None:
    asking = make()
    order = asking.lost()
    now = asking.stage.now = NOW + SECOND
    if step_ago is not None:
        uptime.note_step(asking.stage.db, -HOUR, now)
        uptime.count(asking.stage.db, step_ago, now)
    uptime.count(asking.stage.db, 0, now + beat_in)

    asking.run()

    assert bool(asking.wire.sent) is known
    told = (
        "asked again: the panel has it as 5002"
        if known
        else "not asked again: how long ago it was sent is not known for sure"
    )
    assert asking.why(order)[0][1] == told


def test_the_process_that_sent_it_knows_how_long_ago_whatever_the_clock_says(make: Make) -> None:
    asking = make(WINDOW)
    order = asking.lost()
    attempt = attempts.last_attempt(asking.stage.db, order.id)
    asking.ask.note_sent(attempt.id, asking.stage.elapsed())
    uptime.note_step(asking.stage.db, -HOUR, NOW)

    assert asking.run() == [order.id]


def test_when_each_was_sent_is_remembered_for_the_longest_window_and_no_longer(make: Make) -> None:
    dialect = "{base: tagrani, idempotency_field: request_id, idempotency_window: 2m, dedupe_window: 3m}"
    asking = make(dialect)
    for number, at in enumerate((0, 1, 3 * MINUTE, 3 * MINUTE + 1)):
        asking.ask.note_sent(number, at)
        assert list(asking.ask._sent_at) == list(range(max(0, number - 2), number + 1))

    plain = AskAgain(asking.stage.context(dialect=named("tagrani")))
    plain.note_sent(1, 0)
    assert plain._sent_at == {}


@pytest.mark.parametrize(
    ("service", "read", "why"),
    [
        ("2", True, "the panel has it as 5002"),
        ("2", False, "the panel has it as 5002"),
        ("99", True, "the catalogue rules it out now: the panel has no service 99"),
        ("99", False, "the panel has it as 5002"),
    ],
)
def test_what_the_catalogue_says_today_must_be_what_it_said_then(
    make: Make, service: str, read: bool, why: str
) -> None:
    asking = make()
    if not read:
        with asking.stage.db.transaction():
            asking.stage.db.many("DELETE FROM services", [()])
            asking.stage.db.many("UPDATE accounts SET services_at = NULL", [()])
    order = asking.lost(service=service)

    asking.run()

    assert why in asking.why(order)[0][1]


def test_what_the_panel_counts_otherwise_costs_what_it_counts(make: Make) -> None:
    asking = make("{base: tagrani, idempotency_field: request_id, drip_feed_quantity: total}")
    order = asking.lost(fields={"runs": "2"})

    assert asking.run() == [order.id], asking.why(order)


@pytest.mark.parametrize(
    ("begun", "count", "is_asked"), [(True, 3, True), (True, 4, False), (None, 4, False), (False, 4, True)]
)
def test_it_is_asked_for_four_times_not_counting_what_never_left(
    make: Make, begun: bool | None, count: int, is_asked: bool
) -> None:
    asking = make()
    order = asking.lost()
    for _ in range(count):
        ask_id = asks.record(asking.stage.db, order, 1, NOW, NOW)
        assert ask_id is not None
        if begun is not None:
            asks.keep(asking.stage.db, ask_id, Exchange(Request("add", {}), begun, error="lost"), NOW)
            with asking.stage.db.transaction():
                asks.note_outcome(asking.stage.db, ask_id, "nothing")

    assert (asking.run() == [order.id]) is is_asked
    if not is_asked:
        assert "it was asked again 4 times already" in asking.why(order)[0][1]


@pytest.mark.parametrize(("over_in", "is_asked"), [(1, False), (0, True)])
def test_while_a_request_may_be_on_its_way_none_is_sent(make: Make, over_in: int, is_asked: bool) -> None:
    asking = make()
    order = asking.lost()
    asks.record(asking.stage.db, order, 1, NOW, NOW + over_in)

    assert (asking.run() == [order.id]) is is_asked


@pytest.mark.parametrize(("sent_before", "is_asked"), [(0, False), (399, False), (400, True)])
def test_within_a_window_an_equal_order_nearby_leaves_it_open_whose_the_answer_would_be(
    make: Make, sent_before: int, is_asked: bool
) -> None:
    asking = make(WINDOW)
    asking.stage.now = NOW - sent_before * SECOND
    equal = followed(asking.stage, 4001, link="https://x.example/lost", submitted_at=asking.stage.now)
    asking.stage.now = NOW
    order = asking.lost()
    asking.ask.note_sent(attempts.last_attempt(asking.stage.db, order.id).id, NOW)

    assert (asking.run() == [order.id]) is is_asked
    if not is_asked:
        assert (
            f"the answer might be about order {equal.id}, which asks for the same" in asking.why(order)[0][1]
        )


@pytest.mark.parametrize(("dialect", "waits"), [(WINDOW, True), (KEYED, False)])
def test_an_equal_order_is_held_back_until_the_window_is_surely_over(
    make: Make, dialect: str, waits: bool
) -> None:
    asking = make(dialect)
    first = followed(asking.stage, 4001, link="https://x.example/a", submitted_at=NOW)
    (equal,) = enqueued(asking.stage.db, a_draft(first.link, service="2"), now=NOW + 1)
    until = NOW + 3 * MINUTE + ADD_MARGIN

    assert asking.ask.equal_until(equal) == (until if waits else None)
    asking.stage.now = until - 1
    assert asking.ask.equal_until(equal) == (until if waits else None)
    asking.stage.now = until
    assert asking.ask.equal_until(equal) is None
