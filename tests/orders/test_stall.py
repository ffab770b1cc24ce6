from __future__ import annotations

from tests.support.samples import NOW, an_order
from tracker.events import Event
from tracker.lib.times import DAY, HOUR, MINUTE, rfc3339
from tracker.orders.answers import Report
from tracker.orders.order import Series, State
from tracker.orders.polling import DurationModel, Limits
from tracker.orders.status import (
    ENOUGH_DURATIONS,
    ServiceModel,
    StallLimit,
    Unchanged,
    after_poll,
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


def test_a_drip_feed_rests_between_its_runs_and_a_subscription_waits_for_posts_without_a_report() -> None:
    drip = ACTIVE._replace(series=Series.RUNS, fields={"runs": "5", "interval": "600"})
    assert after_stall(drip, StallLimit(HOUR), NOW + 30 * HOUR - 1, NOW + DAY) is None
    assert after_stall(drip, StallLimit(HOUR), NOW + 30 * HOUR, NOW + DAY) is not None
    more = after_status(drip, Report("In progress", State.ACTIVE, parts=("8",)), NOW + HOUR, NOW)
    assert more is not None
    assert (more.after.parts, more.after.progressed_at) == (1, NOW + HOUR)

    waits = ACTIVE._replace(series=Series.POSTS)
    same = Report("In progress", State.ACTIVE, series=Series.POSTS)
    model, limits = ServiceModel(DurationModel([]), StallLimit(HOUR)), Limits(MINUTE, HOUR, HOUR)
    assert isinstance(after_poll(waits, same, model, limits, NOW + 30 * DAY), Unchanged)
    assert not isinstance(after_poll(ACTIVE, same._replace(series=None), model, limits, NOW + DAY), Unchanged)
