from __future__ import annotations

from tests.support.samples import NOW, an_order
from tracker.events import Event
from tracker.lib.times import DAY, HOUR, MINUTE, rfc3339
from tracker.orders.answers import Report
from tracker.orders.order import Order, Series, State
from tracker.orders.status import (
    ENOUGH_DURATIONS,
    StallLimit,
    after_stall,
    after_status,
    stall_limit,
)

ACTIVE = an_order(state=State.ACTIVE, submitted_at=NOW, panel_order_id="1", panel_status="In progress")


def test_patience_is_learnt_from_what_orders_of_a_service_took() -> None:
    assert stall_limit([HOUR] * (ENOUGH_DURATIONS - 1), DAY) == StallLimit(DAY)
    assert stall_limit([4 * HOUR] * ENOUGH_DURATIONS, DAY) == StallLimit(12 * HOUR, 4 * HOUR)
    assert stall_limit([HOUR] * 95 + [30 * DAY] * 5, DAY) == StallLimit(3 * HOUR, HOUR)
    assert stall_limit([MINUTE] * ENOUGH_DURATIONS, DAY) == StallLimit(HOUR, MINUTE)


def seen(order: Order, at: int) -> Order:
    """The order, checked then without news."""
    return order._replace(checked_at=at)


def test_an_order_that_nobody_checked_is_not_known_to_stand_still() -> None:
    assert after_stall(seen(ACTIVE, NOW + HOUR - 1), StallLimit(HOUR), NOW + 30 * DAY) is None


def test_an_order_without_progress_is_reported_once() -> None:
    known = StallLimit(12 * HOUR, 4 * HOUR)
    assert after_stall(seen(ACTIVE, NOW + 12 * HOUR - 1), known, NOW + DAY) is None

    change = after_stall(seen(ACTIVE, NOW + 12 * HOUR), known, NOW + DAY)
    assert change is not None
    [notice] = change.notices
    assert notice.event is Event.ORDER_STUCK
    assert (notice.facts["still_since"], notice.facts["usual"]) == (rfc3339(NOW), "4 h")
    assert change.after.stuck_at == NOW + DAY
    assert after_stall(seen(change.after, NOW + 2 * DAY), known, NOW + 2 * DAY) is None


def test_progress_counts_from_the_last_change_and_ends_the_report_of_a_stall() -> None:
    still = after_stall(seen(ACTIVE, NOW + HOUR), StallLimit(HOUR), NOW + HOUR)
    assert still is not None
    moved = after_status(still.after, Report("In progress", State.ACTIVE, remains=40), NOW + 2 * HOUR, NOW)
    assert moved is not None
    assert [(n.event, n.ends) for n in moved.notices] == [(Event.ORDER_STUCK, Event.ORDER_STUCK)]
    assert after_stall(seen(moved.after, NOW + 3 * HOUR - 1), StallLimit(HOUR), NOW + DAY) is None
    assert after_stall(seen(moved.after, NOW + 3 * HOUR), StallLimit(HOUR), NOW + DAY) is not None

    done = after_status(still.after, Report("Completed", State.COMPLETED), NOW + 2 * HOUR, NOW)
    assert done is not None
    assert [(n.event, n.ends) for n in done.notices] == [(Event.ORDER_COMPLETED, Event.ORDER_STUCK)]


def test_a_drip_feed_rests_between_its_runs_and_a_subscription_waits_for_posts_without_a_report() -> None:
    drip = ACTIVE._replace(series=Series.RUNS, fields={"runs": "5", "interval": "600"})
    assert after_stall(seen(drip, NOW + 30 * HOUR - 1), StallLimit(HOUR), NOW + 2 * DAY) is None
    assert after_stall(seen(drip, NOW + 30 * HOUR), StallLimit(HOUR), NOW + 2 * DAY) is not None
    more = after_status(drip, Report("In progress", State.ACTIVE, parts=("8",)), NOW + HOUR, NOW)
    assert more is not None
    assert (more.after.parts, more.after.progressed_at) == (1, NOW + HOUR)

    waits = seen(ACTIVE._replace(series=Series.POSTS), NOW + 30 * DAY)
    assert after_stall(waits, StallLimit(HOUR), NOW + 30 * DAY) is None
