"""What each answer makes of an order. Pure: values in, a `Change` out; only `store.apply` writes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, rfc3339
from tracker.orders.ledger import Mark
from tracker.orders.order import (
    ENDED,
    Accepted,
    AddAnswer,
    Missing,
    NotSent,
    Order,
    Reason,
    Refused,
    Report,
    State,
    Unanswered,
)
from tracker.orders.polling import next_recheck

PASSING = frozenset({Reason.FUNDS, Reason.RATE, Reason.LINK_BUSY, Reason.ACCOUNT, Reason.PASSING})
"""Refusals that say nothing against the order itself: it goes back to the queue."""

LINK_BUSY_REST = 5 * MINUTE
"""How long an order waits that the panel refused because of another one for the same link."""

BELIEVED_MISSING = 5
"""Looks in a row at which the panel must deny an own id before a person is told: a new id is unknown for seconds."""

_END_EVENTS = {
    State.COMPLETED: Event.ORDER_COMPLETED,
    State.PARTIAL: Event.ORDER_PARTIAL,
    State.CANCELED: Event.ORDER_CANCELED,
    State.FAILED: Event.ORDER_FAILED,
}


@dataclass(frozen=True, slots=True)
class Intent:
    """What was known when the intent to send was recorded: the ground for all later evidence."""

    at: int
    expected_charge: Decimal | None
    balance: Decimal | None
    balance_at: int | None
    newest_id: str | None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one order: the only thing that a decision returns."""

    before: Order
    after: Order
    why: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the state changes, which is what the history records."""
        return self.before.state is not self.after.state


def order_facts(order: Order) -> dict[str, Any]:
    """Return what a message may say of an order, as JSON values."""
    return {
        "id": order.id,
        "ref": order.ref,
        "panel": order.panel,
        "service": order.service,
        "link": order.link,
        "quantity": order.quantity,
        "charge": _text(order.charge),
        "expected_charge": _text(order.expected_charge),
        "currency": order.currency,
        "remains": order.remains,
        "panel_order_id": order.panel_order_id,
        "panel_status": order.panel_status,
        "state": str(order.state),
        "last_error": order.last_error,
    }


def about_order(
    event: Event, order: Order, *, once: str | None = None, ends: Event | None = None, **facts: Any
) -> Notice:
    """Make the notice of an event that concerns one order."""
    told = {"order": order_facts(order), **facts}
    return Notice(event, panel=order.panel, order_id=order.id, facts=told, once=once, ends=ends)


def after_check(order: Order, fault: str, now: int) -> Change:
    """Reject what the catalogue says cannot be placed."""
    after = order._replace(state=State.REJECTED, last_error=fault, finished_at=now, due_at=None)
    notice = about_order(Event.ORDER_REJECTED, after, words=fault)
    return Change(order, after, f"checked before sending: {fault}", notices=(notice,))


def before_add(order: Order, intent: Intent, currency: str | None) -> Change:
    """Record the intent to send; durable before a byte leaves. `currency` is the wallet's."""
    after = order._replace(
        state=State.SUBMITTING,
        attempts=order.attempts + 1,
        submitted_at=intent.at,
        expected_charge=intent.expected_charge,
        currency=currency or order.currency,
        due_at=None,
    )
    return Change(order, after, f"sending, attempt {after.attempts}", _intent_evidence(intent))


def after_add(order: Order, answer: AddAnswer, intent: Intent, now: int, first_look: int) -> Change:
    """Settle an order by what its `add` was answered."""
    match answer:
        case Accepted():
            return _accepted(order, answer, now + first_look)
        case Refused() if answer.reason in PASSING:
            why = f"the panel refused for now: {answer.words}"
            return _back_to_queue(order, answer.words, why, _queue_place(order, answer.reason, now))
        case Refused():
            return _rejected(order, answer, now)
        case NotSent():
            return _back_to_queue(order, answer.why, f"not sent: {answer.why}", order.created_at)
        case Unanswered():
            return _unknown(order, answer.why, intent)


def after_crash(order: Order, intent: Intent) -> Change:
    """Hold an order whose daemon died between recording the intent and recording the answer."""
    return _unknown(order, "tracker stopped before the panel's answer was recorded", intent)


def after_same_id(order: Order, panel_order_id: str, owner: int, intent: Intent) -> Change:
    """Hold an order that was answered with an id which another order has already."""
    why = f"the panel answered with id {panel_order_id}, which is order {owner}'s already"
    return _unknown(order, why, intent)


def _accepted(order: Order, answer: Accepted, first_look_at: int) -> Change:
    after = order._replace(
        state=State.ACTIVE,
        panel_order_id=answer.panel_order_id,
        charge=answer.charge if answer.charge is not None else order.charge,
        last_error=None,
        due_at=first_look_at,
        progressed_at=order.submitted_at,
    )
    return Change(order, after, f"the panel took it as {answer.panel_order_id}")


def _back_to_queue(order: Order, words: str, why: str, not_before: int) -> Change:
    return Change(order, order._replace(state=State.QUEUED, last_error=words, due_at=not_before), why)


def _queue_place(order: Order, reason: Reason, now: int) -> int:
    """Keep the order's place at the head of the queue, unless the refusal is about this very order."""
    return now + LINK_BUSY_REST if reason is Reason.LINK_BUSY else order.created_at


def _rejected(order: Order, answer: Refused, now: int) -> Change:
    after = order._replace(state=State.REJECTED, last_error=answer.words, finished_at=now)
    notice = about_order(Event.ORDER_REJECTED, after, words=answer.words)
    return Change(order, after, f"the panel refused it: {answer.words}", notices=(notice,))


def _unknown(order: Order, why: str, intent: Intent) -> Change:
    after = order._replace(state=State.UNKNOWN, last_error=why, checked_at=None, due_at=None)
    known = _intent_evidence(intent)
    return Change(order, after, why, known, (about_order(Event.ORDER_UNKNOWN, after, why=why, **known),))


def after_status(order: Order, answer: Report | Missing, now: int, look_again_at: int) -> Change | None:
    """Follow what the panel says of an order; None when it says nothing new."""
    if isinstance(answer, Missing):
        return _missing(order, answer, now, look_again_at)
    if _says_nothing_new(order, answer):
        return None
    state = order.state if answer.state is None else answer.state
    finished_at = _finished_at(order, state, now)
    after = order._replace(
        state=state,
        panel_status=answer.word,
        charge=order.charge if answer.charge is None else answer.charge,
        currency=order.currency or answer.currency,
        start_count=order.start_count if answer.start_count is None else answer.start_count,
        remains=order.remains if answer.remains is None else answer.remains,
        missing=0,
        checked_at=now,
        finished_at=finished_at,
        due_at=next_recheck(finished_at or now, now) if state in ENDED else look_again_at,
        progressed_at=now,
        stuck_at=(order.stuck_at or now) if answer.state is None else None,
    )
    return Change(
        order, after, f"the panel says {answer.word}", notices=_status_notices(order, after, answer)
    )


def _says_nothing_new(order: Order, answer: Report) -> bool:
    return (
        answer.state is order.state
        and answer.word == order.panel_status
        and not order.missing
        and (answer.remains is None or answer.remains == order.remains)
        and (answer.charge is None or answer.charge == order.charge)
        and (answer.start_count is None or answer.start_count == order.start_count)
        and (answer.currency is None or order.currency is not None)
    )


def _finished_at(order: Order, state: State, now: int) -> int | None:
    if state not in ENDED:
        return None
    return order.finished_at if state is order.state else now


def _status_notices(before: Order, after: Order, answer: Report) -> tuple[Notice, ...]:
    if answer.state is None:
        once = f"word:{before.panel}:{answer.word.casefold()}"
        return (about_order(Event.ORDER_STUCK, after, once=once, kind="word", word=answer.word),)
    stuck = Event.ORDER_STUCK if before.stuck_at is not None else None
    if before.state is after.state:
        moves = about_order(Event.ORDER_STUCK, after, ends=stuck, kind="moves")
        return (moves,) if stuck else ()
    if before.state in ENDED:
        moved: dict[str, Any] = {"from": str(before.state), "to": str(after.state)}
        return (about_order(Event.ORDER_CHANGED, after, **moved),)
    return (about_order(_END_EVENTS[after.state], after, ends=stuck),)


def _missing(order: Order, answer: Missing, now: int, look_again_at: int) -> Change:
    after = order._replace(
        missing=order.missing + 1, checked_at=now, due_at=look_again_at, last_error=answer.words
    )
    told: tuple[Notice, ...] = ()
    if after.missing == BELIEVED_MISSING:
        after = after._replace(stuck_at=order.stuck_at or now)
        told = (about_order(Event.ORDER_STUCK, after, kind="missing", words=answer.words),)
    return Change(order, after, f"the panel says it has no such order: {answer.words}", notices=told)


def after_adopt(order: Order, panel_order_id: str, report: Report, by: str, now: int) -> Change:
    """Take a verified panel id as an unknown order's own."""
    after = order._replace(
        state=State.ACTIVE,
        panel_order_id=panel_order_id,
        panel_status=report.word,
        charge=report.charge,
        currency=order.currency or report.currency,
        start_count=report.start_count,
        remains=report.remains,
        last_error=None,
        checked_at=now,
        due_at=now,
        progressed_at=now,
    )
    evidence = {
        "panel_order_id": panel_order_id,
        "by": by,
        "panel_status": report.word,
        "charge": _text(report.charge),
    }
    notice = about_order(Event.ORDER_ADOPTED, after, ends=Event.ORDER_UNKNOWN, by=by)
    return Change(order, after, f"adopted as {panel_order_id} by {by}", evidence, (notice,))


def after_release(order: Order, by: str, now: int) -> Change:
    """Queue an unknown order again: someone is sure that the panel never took it."""
    after = order._replace(state=State.QUEUED, last_error=None, checked_at=None, due_at=now)
    notices = (settled(after, "it is queued again"),)
    return Change(order, after, f"released by {by}: the panel did not take it", notices=notices)


def after_retry(order: Order, now: int) -> Change:
    """Queue a rejected order, or one dropped before it was ever sent, again."""
    after = order._replace(state=State.QUEUED, last_error=None, finished_at=None, due_at=now)
    return Change(order, after, "queued again by a person")


def after_drop(order: Order, now: int) -> Change:
    """Give an order up."""
    after = order._replace(state=State.DROPPED, finished_at=now, due_at=None)
    notices = (settled(after, "it was given up"),) if order.state is State.UNKNOWN else ()
    return Change(order, after, "given up by a person", notices=notices)


def settled(order: Order, how: str) -> Notice:
    """Make the notice that an order is no longer unknown."""
    return about_order(Event.ORDER_UNKNOWN, order, ends=Event.ORDER_UNKNOWN, kind="settled", how=how)


def retry_fault(order: Order, sent: bool) -> str | None:
    """Say why the order cannot be queued again; None when it can."""
    if order.state is State.REJECTED or (order.state is State.DROPPED and not sent):
        return None
    if order.state is State.DROPPED:
        return "it was sent before it was dropped, so sending it again could pay twice"
    if order.state is State.UNKNOWN:
        return "what became of it is not known; settle it with `tracker resolve` first"
    return f"it is {order.state}; only rejected and dropped orders can be retried"


def drop_fault(order: Order) -> str | None:
    """Say why the order cannot be given up; None when it can."""
    if order.state in (State.QUEUED, State.UNKNOWN):
        return None
    return f"it is {order.state}; only queued and unknown orders can be dropped"


def _intent_evidence(intent: Intent) -> dict[str, Any]:
    return {
        "submitted_at": rfc3339(intent.at),
        "expected_charge": _text(intent.expected_charge),
        "balance_before": _text(intent.balance),
        "balance_at": None if intent.balance_at is None else rfc3339(intent.balance_at),
        "newest_id": intent.newest_id,
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
