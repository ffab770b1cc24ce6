"""What a status answer makes of an order. Pure, and the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from tracker.events import Event, Notice
from tracker.lib.times import HOUR, MINUTE, about, rfc3339
from tracker.orders.answers import Missing, Reason, Report, Said, Unlisted
from tracker.orders.change import OrderChange, about_order
from tracker.orders.cost import number_in
from tracker.orders.listing import listing
from tracker.orders.order import ENDED, Order, Series, State
from tracker.orders.polling import RECHECKS, DurationModel, Limits, after_failed_call, next_poll, next_recheck
from tracker.orders.start import started_at

BELIEVED_MISSING = 5
"""Polls in a row at which the panel must deny an own id before it is reported: a new id is unknown for seconds."""


ENOUGH_DURATIONS = 20
"""Completed orders of a service from which it is known what it takes."""


SLOW_SHARE = 0.9
"""The share of those orders that were done within what counts as usual."""


MUCH_LONGER = 3


SHORTEST_STALL = HOUR
"""An order that made no progress for less than this is not reported, however fast its service is."""


_END_EVENTS = {
    State.COMPLETED: Event.ORDER_COMPLETED,
    State.PARTIAL: Event.ORDER_PARTIAL,
    State.CANCELED: Event.ORDER_CANCELED,
    State.FAILED: Event.ORDER_FAILED,
}


class Unchanged(NamedTuple):
    """An order that was polled without news: what this changes, in the order in which `store.changes` binds it."""

    checked_at: int | None
    due_at: int | None
    order_id: int
    state: str = "active"


class ServiceModel(NamedTuple):
    """What the finished orders of a service have taught."""

    durations: DurationModel
    #: When its orders are polled again once they are over, counted from their end.
    rechecks: Sequence[int] = RECHECKS


@dataclass(frozen=True, slots=True)
class StallLimit:
    """How long an order may go without progress, and what its service usually takes, where that is known."""

    longest: int
    usual: int | None = None


def after_poll(
    order: Order, answer: Said | None, model: ServiceModel, limits: Limits, now: int
) -> OrderChange | Unchanged:
    """Decide on a polled order; an answer may say nothing of it (None)."""
    if order.state is not State.ACTIVE:
        return _after_recheck(order, answer, model, now, limits.shortest)
    if answer is None:
        again_at = after_failed_call(now, limits.shortest)
        return _after_silence(order, limits, now, again_at) or Unchanged(order.checked_at, again_at, order.id)
    missing = type(answer) is Missing
    again_at = now + limits.shortest if missing else next_poll(order, model.durations, limits, now)
    change = after_status(order, answer, now, again_at)
    return change or Unchanged(now, again_at, order.id)


LATE_LOOK = HOUR
"""A look that came later than this says nothing of how long a panel was silent: nobody may have asked meanwhile."""


def _after_silence(order: Order, limits: Limits, now: int, next_poll_at: int) -> OrderChange | None:
    """Report an order, once, that the panel has left out of its answers for long; None while it may be a passing fault.

    It has no progress that anyone could see, and nothing else would ever tell of it.
    """
    since = max(order.checked_at or order.submitted_at or order.created_at, limits.clock_set_at)
    is_late = now - (order.due_at or 0) > LATE_LOOK
    if order.stuck_at is not None or is_late or now - since < max(limits.silence, SHORTEST_STALL):
        return None
    after = order._replace(stuck_at=now, due_at=next_poll_at)
    notice = about_order(Event.ORDER_STUCK, after, kind="still", still_since=rfc3339(since), usual=None)
    return OrderChange(order, after, "the panel says nothing of it", notices=(notice,))


def _after_recheck(
    order: Order, answer: Said | None, model: ServiceModel, now: int, shortest: int
) -> OrderChange | Unchanged:
    """Decide on an order that is over and was polled again: only another state is news."""
    if isinstance(answer, Report) and answer.state is not None and answer.state is not order.state:
        change = after_status(order, answer, now, now + shortest)
        if change is not None:
            return change
    due_at = next_recheck(order.finished_at or now, now, model.rechecks)
    return Unchanged(now, due_at, order.id, str(order.state))


def news_delay(change: OrderChange, clock_set_at: int, now: int) -> int | None:
    """Return how late, at most, the end of an order was noticed: the time since it was last asked about.

    In microseconds; None where it did not just end, or where the clock was set meanwhile.
    """
    before = change.before
    if before.state is not State.ACTIVE or change.after.state not in ENDED:
        return None
    asked_at = before.checked_at or before.submitted_at or before.created_at
    return now - asked_at if clock_set_at < asked_at <= now else None


def after_status(order: Order, answer: Said, now: int, next_poll_at: int) -> OrderChange | None:
    """Follow what the panel says of an order; None when it says nothing new."""
    if isinstance(answer, Missing):
        return _missing(order, answer, now, next_poll_at)
    if isinstance(answer, Unlisted):
        return _unlisted(order, answer, now, next_poll_at)
    if _says_nothing_new(order, answer):
        return None
    state = order.state if answer.state is None else answer.state
    finished_at = _finished_at(order, state, now)
    after = order._replace(
        state=state,
        panel_status=answer.status_text,
        charge=order.charge if answer.charge is None else answer.charge,
        currency=order.currency or answer.currency,
        start_count=order.start_count if answer.start_count is None else answer.start_count,
        remains=order.remains if answer.remains is None else answer.remains,
        series=order.series if answer.series is None else answer.series,
        parts=order.parts if answer.parts is None else len(answer.parts),
        missing=0,
        last_error=None,
        checked_at=now,
        finished_at=finished_at,
        due_at=next_recheck(finished_at or now, now) if state in ENDED else next_poll_at,
        progressed_at=now,
        stuck_at=(order.stuck_at or now) if answer.state is None else None,
        started_at=started_at(order, answer, now),
        paid=_paid(order, state),
    )
    return OrderChange(
        order, after, f"the panel says {answer.status_text}", notices=_status_notices(order, after, answer)
    )


def _says_nothing_new(order: Order, answer: Report) -> bool:
    return (
        answer.state is order.state
        and answer.status_text == order.panel_status
        and not order.missing
        and order.last_error is None
        and (answer.remains is None or answer.remains == order.remains)
        and (answer.charge is None or answer.charge == order.charge)
        and (answer.start_count is None or answer.start_count == order.start_count)
        and (answer.currency is None or order.currency is not None)
        and (answer.parts is None or len(answer.parts) == order.parts)
        and (answer.series is None or answer.series is order.series)
    )


def _finished_at(order: Order, state: State, now: int) -> int | None:
    if state not in ENDED:
        return None
    return order.finished_at if state is order.state else now


def _paid(order: Order, state: State) -> Decimal | None:
    """Return what was taken for an order, as it was said last before its end."""
    ends = order.state is State.ACTIVE and state in ENDED
    return order.charge if order.paid is None and ends else order.paid


def _status_notices(before: Order, after: Order, answer: Report) -> tuple[Notice, ...]:
    if answer.state is None:
        once = f"word:{before.panel}:{answer.status_text.casefold()}"
        return (about_order(Event.ORDER_STUCK, after, once=once, kind="word", word=answer.status_text),)
    stuck = Event.ORDER_STUCK if before.stuck_at is not None else None
    if before.state is after.state:
        moves = about_order(Event.ORDER_STUCK, after, ends=stuck, kind="moves")
        return (moves,) if stuck else ()
    if before.state in ENDED:
        moved: dict[str, Any] = {"from": str(before.state), "to": str(after.state)}
        return (about_order(Event.ORDER_CHANGED, after, **moved),)
    return (about_order(_END_EVENTS[after.state], after, ends=stuck),)


def _missing(order: Order, answer: Missing, now: int, next_poll_at: int) -> OrderChange:
    after = order._replace(
        missing=order.missing + 1, checked_at=now, due_at=next_poll_at, last_error=answer.message
    )
    notices: tuple[Notice, ...] = ()
    if after.missing == BELIEVED_MISSING:
        after = after._replace(stuck_at=order.stuck_at or now)
        notices = (about_order(Event.ORDER_STUCK, after, kind="missing", words=answer.message),)
    return OrderChange(
        order, after, f"the panel says it has no such order: {answer.message}", notices=notices
    )


def _unlisted(order: Order, answer: Unlisted, now: int, next_poll_at: int) -> OrderChange | None:
    """Keep the words that nobody listed, and notify of them once for each panel; None when they are kept already."""
    if order.last_error == answer.words and not order.missing:
        return None
    after = order._replace(
        missing=0,
        checked_at=now,
        due_at=next_poll_at,
        last_error=answer.words,
        stuck_at=order.stuck_at or now,
    )
    once = f"words:{order.panel}:{(answer.text or answer.words).casefold()}"
    lines = listing(order.panel, answer, str(Reason.ORDER_UNKNOWN))
    notice = about_order(Event.ORDER_STUCK, after, once=once, kind="words", words=answer.words, listing=lines)
    return OrderChange(order, after, f"the panel's words are not known: {answer.words}", notices=(notice,))


def after_future_progress(order: Order, now: int) -> OrderChange:
    """Date the progress of an order anew that a clock which was ahead has dated: else it could not stall until then."""
    return OrderChange(order, order._replace(progressed_at=now), "its progress was dated ahead of now")


def after_stall(order: Order, known: StallLimit, now: int, clock_set_at: int = 0) -> OrderChange | None:
    """Report an active order without progress, once; None when it has progress, or was reported.

    It stood still until it was checked last. What it lacked before the clock was set does not count: by how much that
    was wrong is not known. An order for posts waits for them, however long.
    """
    since = max(progressed_at(order), clock_set_at)
    longest = max(known.longest, SHORTEST_STALL, MUCH_LONGER * _pause_between_runs(order))
    if order.stuck_at is not None or order.state is not State.ACTIVE or order.series is Series.POSTS:
        return None
    if (order.checked_at or 0) - since < longest:
        return None
    after = order._replace(stuck_at=now)
    usual = None if known.usual is None else about(known.usual)
    still_since = rfc3339(since)
    notice = about_order(Event.ORDER_STUCK, after, kind="still", still_since=still_since, usual=usual)
    return OrderChange(order, after, "no progress", notices=(notice,))


def _pause_between_runs(order: Order) -> int:
    """Return how long a drip-feed rests between two runs, as it was asked for."""
    return (number_in(order.fields.get("interval")) or 0) * MINUTE if order.series is Series.RUNS else 0


def progressed_at(order: Order) -> int:
    """Return when an order made progress last, or began."""
    return order.progressed_at or order.submitted_at or order.created_at


def stall_limit(durations: Sequence[int], default: int) -> StallLimit:
    """Learn from how long the newest completed orders of a service took; `default` applies while they are too few."""
    if len(durations) < ENOUGH_DURATIONS:
        return StallLimit(default)
    usual = sorted(durations)[int(len(durations) * SLOW_SHARE)]
    return StallLimit(max(SHORTEST_STALL, MUCH_LONGER * usual), usual)
