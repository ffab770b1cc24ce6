"""What a verdict on a lost order, or a command of the operator, makes of it. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from tracker.events import Event
from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.answers import Report
from tracker.orders.change import OrderChange, about_order, settled
from tracker.orders.order import ENDED, Held, Order, State


class By(StrEnum):
    """Who decides about an order whose answer was lost. Of a person it may say more, like where they sit."""

    OPERATOR = "the operator"
    EVIDENCE = "the evidence"
    LATE_ANSWER = "the panel's own answer, which came late"
    ASKED_AGAIN = "the panel, which was asked again with the same request"
    LISTED = "the panel's list of orders"


def after_adopt(order: Order, panel_order_id: str, report: Report, by: str, now: int) -> OrderChange:
    """Take a verified panel id as an unknown order's own."""
    after = order._replace(
        state=State.ACTIVE,
        panel_order_id=panel_order_id,
        panel_status=report.status_text,
        charge=report.charge,
        currency=order.currency or report.currency,
        start_count=report.start_count,
        remains=report.remains,
        last_error=None,
        checked_at=now,
        due_at=now,
        progressed_at=now,
        # Of an order that has ended the panel may say what it keeps.
        paid=order.expected_charge if report.state in ENDED else order.paid,
    )
    evidence = {
        "panel_order_id": panel_order_id,
        "by": by,
        "panel_status": report.status_text,
        "charge": money.text(report.charge),
    }
    notice = about_order(Event.ORDER_ADOPTED, after, ends=Event.ORDER_UNKNOWN, by=by)
    return OrderChange(order, after, f"adopted as {panel_order_id} by {by}", evidence, (notice,))


def after_release(order: Order, by: str, now: int) -> OrderChange:
    """Queue an unknown order again: the panel never took it, as `by` says."""
    after = order._replace(state=State.QUEUED, last_error=None, checked_at=None, due_at=now)
    notices = (settled(after, "it is queued again"),)
    return OrderChange(order, after, f"released by {by}: the panel did not take it", notices=notices)


def after_never_sent(order: Order, why: str) -> OrderChange:
    """Queue an unknown order again, at its place: the daemon that was to send it has told that it did not."""
    after = order._replace(state=State.QUEUED, last_error=why, checked_at=None, due_at=order.created_at)
    evidence = {"attempt": order.attempts, "sent": False, "why": why}
    notices = (settled(after, "it was never sent, and is queued again"),)
    return OrderChange(order, after, f"never sent: {why}", evidence, notices)


def after_refused_again(order: Order, message: str, now: int) -> tuple[OrderChange, OrderChange]:
    """Reject an unknown order: the panel, asked again with the same request, has refused it for its content.

    Two changes, as an order is refused from the queue: the panel has no order of it, and it would refuse it again.
    """
    queued = order._replace(state=State.QUEUED, last_error=message, checked_at=None, due_at=now)
    released = OrderChange(
        order,
        queued,
        f"released by {By.ASKED_AGAIN}: it never took it",
        notices=(settled(queued, "the panel refused it"),),
    )
    after = queued._replace(state=State.REJECTED, finished_at=now, due_at=None)
    notice = about_order(Event.ORDER_REJECTED, after, words=message)
    return released, OrderChange(queued, after, f"the panel refused it: {message}", notices=(notice,))


def after_retry(order: Order, by: str, now: int) -> OrderChange:
    """Queue a rejected order, or one dropped before it was ever sent, again."""
    after = order._replace(
        state=State.QUEUED,
        last_error=None,
        finished_at=None,
        due_at=now,
        expires_at=None,
        held=None,
        held_why=None,
    )
    return OrderChange(order, after, f"queued again by {by}")


def after_approval(order: Order, price: Decimal | None, by: str, now: int) -> OrderChange:
    """Note that a person approves what a queued order costs; `price` is what its unit costs now.

    What is spent in a day or month stays limited: such an order goes on waiting.
    """
    is_held = order.held in (Held.MAX_PRICE, Held.PRICE_JUMP, Held.APPROVAL)
    after = order._replace(
        approved_at=now,
        price=order.price if price is None else price,
        held=None if is_held else order.held,
        held_why=None if is_held else order.held_why,
    )
    at = "" if after.price is None else f" at {money.shown(after.price, order.currency)} a unit"
    evidence = {"held": order.held_why} if is_held else {}
    return OrderChange(order, after, f"approved by {by}{at}", evidence, is_decision=True)


def approval_fault(order: Order) -> str | None:
    """Say why an order cannot be approved; None when it can."""
    return None if order.state is State.QUEUED else f"it is {order.state}; only queued orders are approved"


def after_drop(order: Order, by: str, now: int) -> OrderChange:
    """Give an order up."""
    after = order._replace(state=State.DROPPED, finished_at=now, due_at=None, held=None, held_why=None)
    notices = (settled(after, "it was given up"),) if order.state is State.UNKNOWN else ()
    return OrderChange(order, after, f"given up by {by}", notices=notices)


def after_expiry(order: Order, now: int) -> OrderChange:
    """Give a queued order up that was to be sent before a time which has passed."""
    why = f"it was not sent by {rfc3339(order.expires_at or now)}"
    after = order._replace(state=State.DROPPED, finished_at=now, due_at=None, held=None)
    notice = about_order(Event.ORDER_EXPIRED, after, expired_at=rfc3339(order.expires_at or now))
    return OrderChange(order, after, f"expired: {why}", notices=(notice,))


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
