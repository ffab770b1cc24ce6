"""What an order counts under the limits on spending. Pure.

It counts from the moment at which the intent to send it is recorded, whether the panel has answered or not: what is
not known to be free counts as spent.
"""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal

from tracker.orders.order import Order, State

_UPWARDS = Context(prec=60, rounding=ROUND_UP)
"""A share that has no end is rounded up: it must never count less than was paid."""

_DIGITS = Decimal("1e-12")


def counted(order: Order, before: Decimal | None) -> Decimal | None:
    """Return what an order counts, of which `before` was counted; None for nothing.

    One that was given up while it was unknown stays counted, as the panel may have taken it. One that failed does too:
    panels differ in whether they refund it. One that was placed elsewhere was paid before it came here.
    """
    known = order.charge if order.charge is not None else order.expected_charge
    if order.attempts == 0 or known is None:
        return None
    match order.state:
        case State.QUEUED | State.REJECTED | State.CANCELED:
            return None
        case State.DROPPED:
            return before
        case State.SUBMITTING:
            return order.expected_charge
        case State.PARTIAL:
            return _share(order)
        case _:
            return known


def _share(order: Order) -> Decimal:
    """Return what is left to pay of an order that was delivered in part; all of it where that is not known."""
    amounts = [amount for amount in (order.charge, order.expected_charge) if amount is not None]
    total, remains = order.total, order.remains
    if not total or remains is None:
        return max(amounts)
    delivered = min(total, max(0, total - remains))
    share = _UPWARDS.divide(_UPWARDS.multiply(max(amounts), Decimal(delivered)), Decimal(total))
    return share.quantize(_DIGITS, context=_UPWARDS).normalize(_UPWARDS) + Decimal(0)
