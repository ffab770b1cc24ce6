"""What the answer to an `add`, or its absence, makes of an order. Pure: values in, an `OrderChange` out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tracker.events import Event
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered, Unlisted
from tracker.orders.change import Intent, OrderChange, about_order, intent_evidence, settled
from tracker.orders.listing import REFUSAL, listing
from tracker.orders.order import Order, State

PASSING = frozenset({Reason.FUNDS, Reason.RATE, Reason.LINK_BUSY, Reason.ACCOUNT, Reason.PASSING})
"""Refusals that say nothing against the order itself: it goes back to the queue."""

LINK_BUSY_REST = 5 * MINUTE
"""How long an order waits that the panel refused because of another one for the same link."""

ADD_MARGIN = 15 * SECOND
"""How long after its time limit an `add` of a dead daemon may still be on the wire, clocks that differ included."""


def after_check(order: Order, fault: str, now: int) -> OrderChange:
    """Reject what the catalogue says cannot be placed."""
    after = order._replace(state=State.REJECTED, last_error=fault, finished_at=now, due_at=None)
    notice = about_order(Event.ORDER_REJECTED, after, words=fault)
    return OrderChange(order, after, f"checked before sending: {fault}", notices=(notice,))


def before_add(order: Order, intent: Intent, currency: str | None) -> OrderChange:
    """Record the intent to send; durable before anything is sent. `currency` is the wallet's."""
    after = order._replace(
        state=State.SUBMITTING,
        attempts=order.attempts + 1,
        submitted_at=intent.at,
        expected_charge=intent.expected_charge,
        units=intent.units,
        series=intent.series,
        currency=currency or order.currency,
        due_at=None,
    )
    return OrderChange(order, after, f"sending, attempt {after.attempts}", intent_evidence(intent))


def after_add(order: Order, answer: AddAnswer, intent: Intent, now: int, first_poll_in: int) -> OrderChange:
    """Settle an order by what its `add` was answered."""
    match answer:
        case Accepted():
            return _accepted(order, answer, now + first_poll_in)
        case Refused() if answer.reason in PASSING:
            why = f"the panel refused for now: {answer.message}"
            return _back_to_queue(order, answer.message, why, _queue_place(order, answer.reason, now))
        case Refused():
            return _rejected(order, answer, now)
        case NotSent():
            return _back_to_queue(order, answer.why, f"not sent: {answer.why}", min(order.created_at, now))
        case Unanswered():
            return _unknown(order, answer.why, intent, answer.words)


def after_crash(order: Order, intent: Intent) -> OrderChange:
    """Hold an order whose daemon died between recording the intent and recording the answer."""
    return _unknown(order, "tracker stopped before the panel's answer was recorded", intent)


def after_words_listed(order: Order, answer: Refused, now: int) -> tuple[OrderChange, ...]:
    """Settle an unknown order by its kept answer, which is a refusal since its words are listed in the dialect.

    Each change in turn: it is refused from the queue, as the panel has no order of it.
    """
    place = _queue_place(order, answer.reason, now)
    queued = order._replace(state=State.QUEUED, last_error=answer.message, checked_at=None, due_at=place)
    evidence = {"attempt": order.attempts, "words": answer.message, "reason": str(answer.reason)}
    is_passing = answer.reason in PASSING
    how = "the panel refused it for now; it is queued again" if is_passing else "the panel refused it"
    why = f"released: the panel had refused it, in words that are listed now: {answer.message}"
    released = OrderChange(order, queued, why, evidence, (settled(queued, how),))
    if is_passing:
        return (released,)
    rejected = _rejected(queued, answer, now)
    return released, replace(rejected, after=rejected.after._replace(due_at=None), evidence=evidence)


def _accepted(order: Order, answer: Accepted, first_poll_at: int) -> OrderChange:
    after = order._replace(
        state=State.ACTIVE,
        panel_order_id=answer.panel_order_id,
        charge=answer.charge if answer.charge is not None else order.charge,
        last_error=None,
        due_at=first_poll_at,
        progressed_at=order.submitted_at,
    )
    return OrderChange(order, after, f"the panel took it as {answer.panel_order_id}")


def _back_to_queue(order: Order, message: str, why: str, not_before: int) -> OrderChange:
    return OrderChange(order, order._replace(state=State.QUEUED, last_error=message, due_at=not_before), why)


def _queue_place(order: Order, reason: Reason, now: int) -> int:
    """Keep the order's place at the head of the queue, unless the refusal is about this very order."""
    return now + LINK_BUSY_REST if reason is Reason.LINK_BUSY else min(order.created_at, now)


def _rejected(order: Order, answer: Refused, now: int) -> OrderChange:
    after = order._replace(state=State.REJECTED, last_error=answer.message, finished_at=now)
    notice = about_order(Event.ORDER_REJECTED, after, words=answer.message)
    return OrderChange(order, after, f"the panel refused it: {answer.message}", notices=(notice,))


def _unknown(order: Order, why: str, intent: Intent, said: Unlisted | None = None) -> OrderChange:
    after = order._replace(state=State.UNKNOWN, last_error=why, checked_at=None, due_at=None)
    known = intent_evidence(intent)
    lines = [] if said is None else listing(order.panel, said, *REFUSAL)
    to_list: dict[str, Any] = {"words": said.words, "listing": lines} if said is not None and lines else {}
    notice = about_order(Event.ORDER_UNKNOWN, after, why=why, **known, **to_list)
    evidence = known if said is None else {**known, "words": said.words}
    return OrderChange(order, after, why, evidence, (notice,))
