"""What is written when the check of lost orders failed here: of which orders, and what people are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.samples import a_draft, an_intent, claim_for_add, enqueued
from tests.support.sent_orders import many_lost
from tests.support.worker_stage import Stage
from tracker.daemon.passes.failed_check import hold_unchecked
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.store import accounts, changes, evidence, order_history, outbox


def after_add(stage: Stage, link: str, state: State, panel: str = "p", **values: Any) -> Order:
    """An order that was sent, in a state after that."""
    (order,) = enqueued(stage.db, a_draft(f"https://x.example/{link}", panel=panel))
    claimed = claim_for_add(stage.db, order, an_intent(at=stage.now))
    assert claimed is not None
    sent = claimed[0].after
    change = OrderChange(sent, sent._replace(state=state, **values), "")
    return changes.apply(stage.db, [change], stage.now)[0].after


def test_each_lost_order_that_was_due_is_held_with_the_fault_and_no_other(stage: Stage) -> None:
    sent_at, now = stage.now, stage.now + 10 * SECOND
    due = [after_add(stage, f"due-{n}", State.UNKNOWN, due_at=now - n) for n in range(2)]
    later = after_add(stage, "later", State.UNKNOWN, due_at=now + 1)
    running = after_add(stage, "running", State.ACTIVE, panel_order_id="9", due_at=now)
    elsewhere = after_add(stage, "elsewhere", State.UNKNOWN, panel="q", due_at=now)
    stage.now = now

    hold_unchecked(stage.context(), ValueError("x" * 400))

    why = "the check failed here: ValueError"  # the text of a fault may hold anything; the log has it
    assert [evidence.checks(stage.db, one.id) for one in due] == [[(now, "hold", [why], {})]] * 2
    for other in (later, running, elsewhere):
        assert evidence.checks(stage.db, other.id) == []
        assert stage.order(other.id) == other
    held = [stage.order(one.id) for one in due]
    assert [(one.state, one.checked_at, one.due_at) for one in held] == [
        (State.UNKNOWN, now, sent_at + 30 * SECOND)
    ] * 2
    assert accounts.read(stage.db, "p").doubt == why
    (told,) = [one.notice for one in outbox.listed(stage.db) if one.notice.event == "spend.unexplained"]
    assert (told.panel, told.facts["why"], told.facts["kind"]) == ("p", why, "check")
    assert all(row.at <= now for row in order_history.changes_of(stage.db, held[0]))


def test_a_second_failure_is_kept_with_the_orders_and_told_no_more(stage: Stage) -> None:
    lost = after_add(stage, "a", State.UNKNOWN, due_at=stage.now)
    for n in range(2):
        hold_unchecked(stage.context(), KeyError(n))
        stage.now += 60 * MINUTE

    assert [one.reasons for one in evidence.checks(stage.db, lost.id)] == [
        ["the check failed here: KeyError"], ["the check failed here: KeyError"],
    ]  # fmt: skip
    assert stage.alerts().count("spend.unexplained") == 1


@pytest.mark.sqlite
def test_each_is_held_however_many_there_are(stage: Stage) -> None:
    many_lost(stage, 102)

    hold_unchecked(stage.context(), ValueError())

    ((held,),) = stage.db.sql("SELECT COUNT(*) FROM looks")
    assert held == 102


@pytest.mark.parametrize(("submitted_in", "due_in"), [(-15, 15), (0, 30), (15, 30), (None, 30)])
def test_it_is_looked_for_next_by_how_long_ago_it_was_sent_as_far_as_that_can_be_true(
    stage: Stage, submitted_in: int | None, due_in: int
) -> None:
    now = stage.now
    submitted_at = None if submitted_in is None else now + submitted_in * SECOND
    order = after_add(stage, "a", State.UNKNOWN, due_at=None, submitted_at=submitted_at)
    context = stage.context()
    unknown = type(context.unknown)(looks=(30 * SECOND, HOUR))

    hold_unchecked(replace(context, unknown=unknown), ValueError())

    assert stage.order(order.id).due_at == now + due_in * SECOND
