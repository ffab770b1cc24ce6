from __future__ import annotations

from tests.support.samples import NOW, an_order
from tracker.events import Event
from tracker.lib.times import DAY, HOUR, MINUTE, rfc3339
from tracker.orders.answers import Report
from tracker.orders.order import State
from tracker.orders.status import ENOUGH_DURATIONS, StallLimit, after_stall, after_status, stall_limit

ACTIVE = an_order(state=State.ACTIVE, submitted_at=NOW, panel_order_id="1", panel_status="In progress")


def test_patience_is_learnt_from_what_orders_of_a_service_took() -> None:
    assert stall_limit([HOUR] * (ENOUGH_DURATIONS - 1), DAY) == StallLimit(DAY)
    assert stall_limit([4 * HOUR] * ENOUGH_DURATIONS, DAY) == StallLimit(12 * HOUR, 4 * HOUR)
    assert stall_limit([HOUR] * 95 + [30 * DAY] * 5, DAY) == StallLimit(3 * HOUR, HOUR)
    assert stall_limit([MINUTE] * ENOUGH_DURATIONS, DAY) == StallLimit(HOUR, MINUTE)


def test_an_order_without_progress_is_reported_once() -> None:
    known = StallLimit(12 * HOUR, 4 * HOUR)
    assert after_stall(ACTIVE, known, NOW + 12 * HOUR - 1, NOW + DAY) is None

    change = after_stall(ACTIVE, known, NOW + 12 * HOUR, NOW + DAY)
    assert change is not None
    [notice] = change.notices
    assert notice.event is Event.ORDER_STUCK
    assert (notice.facts["still_since"], notice.facts["usual"]) == (rfc3339(NOW), "4 h")
    assert change.after.due_at == NOW + DAY
    assert after_stall(change.after, known, NOW + 2 * DAY, NOW + 3 * DAY) is None


def test_progress_counts_from_the_last_change_and_ends_the_report_of_a_stall() -> None:
    still = after_stall(ACTIVE, StallLimit(HOUR), NOW + HOUR, NOW + DAY)
    assert still is not None
    moved = after_status(still.after, Report("In progress", State.ACTIVE, remains=40), NOW + 2 * HOUR, NOW)
    assert moved is not None
    assert [(n.event, n.ends) for n in moved.notices] == [(Event.ORDER_STUCK, Event.ORDER_STUCK)]
    assert after_stall(moved.after, StallLimit(HOUR), NOW + 3 * HOUR - 1, NOW + DAY) is None
    assert after_stall(moved.after, StallLimit(HOUR), NOW + 3 * HOUR, NOW + DAY) is not None

    done = after_status(still.after, Report("Completed", State.COMPLETED), NOW + 2 * HOUR, NOW)
    assert done is not None
    assert [(n.event, n.ends) for n in done.notices] == [(Event.ORDER_COMPLETED, Event.ORDER_STUCK)]
