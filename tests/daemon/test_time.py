"""Orders that wait for their time, expire, or belong to a paused tag, as the daemon sees them."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon import idle
from tracker.daemon.passes.expire import CHECK_EVERY, expire
from tracker.lib.times import HOUR, SECOND
from tracker.operations import submitting
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.store import changes, order_history


def put(stage: Stage, *names: str, **more: object) -> list[Order]:
    return enqueued(stage.db, *(a_draft(f"https://x.example/{one}", service="1", **more) for one in names))


def sent(stage: Stage) -> list[str]:
    """The links that the panel got, in their turn."""
    return [one.placed.link.rpartition("/")[2] for one in stage.panel.state.orders.values()]


def test_what_was_not_sent_in_time_is_given_up_at_once_although_its_panel_is_paused(stage: Stage) -> None:
    (order,) = put(stage, "a", expires_at=NOW + 3 * SECOND)
    put(stage, "for-ever")
    submitting.pause(stage.db, "p", "the operator", NOW)

    assert expire(stage.db, NOW) == 3 * SECOND
    assert expire(stage.db, NOW + 3 * SECOND) == CHECK_EVERY

    assert stage.order(order.id).state is State.DROPPED
    assert (
        order_history.changes_of(stage.db, order)[-1].why
        == "expired: it was not sent by 2026-09-21T14:13:23.000Z"
    )
    assert stage.alerts() == ["order.expired"]
    assert stage.order(2).state is State.QUEUED


@pytest.mark.parametrize("held", [{"not_before": NOW + HOUR}, {"tags": ("july",)}])
def test_what_is_held_expires_too(stage: Stage, held: dict[str, object]) -> None:
    submitting.pause_tag(stage.db, "july", "the operator", NOW)
    (order,) = put(stage, "a", expires_at=NOW + 2 * HOUR, **held)

    expire(stage.db, NOW + 2 * HOUR)

    assert (stage.order().state, stage.order().held) == (State.DROPPED, None)
    assert order.held is not None


def test_what_may_have_been_sent_never_expires(stage: Stage) -> None:
    sending, lost = put(stage, "a", "b", expires_at=NOW + SECOND)
    for order in (sending, lost):
        assert claim_for_add(stage.db, order, an_intent(at=NOW)) is not None
    claimed = stage.order(lost.id)
    changes.apply(stage.db, [OrderChange(claimed, claimed._replace(state=State.UNKNOWN), "lost")], NOW)

    assert expire(stage.db, NOW + HOUR) == CHECK_EVERY

    assert [stage.order(one.id).state for one in (sending, lost)] == [State.SUBMITTING, State.UNKNOWN]


def test_more_expire_at_once_than_are_read_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.daemon.passes.expire.AT_A_TIME", 2)
    put(stage, *map(str, range(5)), expires_at=NOW + SECOND)

    expire(stage.db, NOW + SECOND)

    assert stage.alerts() == ["order.expired"] * 5


def test_what_has_expired_is_not_sent_although_no_pass_has_seen_it_yet(stage: Stage) -> None:
    put(stage, "late", expires_at=NOW + SECOND)
    put(stage, "in-time", expires_at=NOW + HOUR)
    stage.now = NOW + SECOND

    stage.worker.submit.run()

    assert sent(stage) == ["in-time"]
    assert stage.order(1).state is State.DROPPED


def test_orders_of_a_paused_tag_wait_and_all_others_are_sent(stage: Stage) -> None:
    put(stage, "held", tags=("july", "vip"))
    put(stage, "free", tags=("vip",))
    assert submitting.pause_tag(stage.db, "july", "the operator", NOW) == 1
    put(stage, "later", tags=("july",))
    stage.worker.submit.run()
    assert sent(stage) == ["free"]

    assert submitting.resume_tag(stage.db, "july", "the operator", NOW) == 2
    stage.worker.submit.run()
    assert sent(stage) == ["free", "held", "later"]


def test_an_order_that_was_freed_for_another_reason_while_its_tag_is_paused_is_held_again(
    stage: Stage,
) -> None:
    put(stage, "a", tags=("july",))
    submitting.pause_tag(stage.db, "july", "the operator", NOW)
    stage.db.sql("UPDATE orders SET held = NULL")

    stage.worker.submit.run()

    assert (sent(stage), stage.order().held) == ([], "tag_paused")


def test_a_run_until_idle_ends_when_all_that_is_left_waits_for_a_person(stage: Stage) -> None:
    put(stage, "a", tags=("july",))
    assert idle.exit_code(stage.config, stage.db) is None
    submitting.pause_tag(stage.db, "july", "the operator", NOW)

    assert idle.exit_code(stage.config, stage.db) == idle.NEEDS_OPERATOR
