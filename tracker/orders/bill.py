"""What an order took out of the wallet when it was placed, and what its end promises to give back. Pure.

The ledger knows a range, as long as the wallet has not shown more. Here is one figure of each: what the panel says it
took, and what it gives back by its own words, or by the share that it did not deliver.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, localcontext
from typing import NamedTuple

from tracker.orders.ledger import ZERO
from tracker.orders.order import ENDED, Order, State

SMALLEST = Decimal("0.00001")
"""A promise that is no finite decimal is rounded down to this, as panels do."""


class Sent(NamedTuple):
    """An order that a panel took, as a report over very many reads it."""

    id: int
    #: When it was sent, in microseconds.
    at: int
    service: str
    #: 0 for one that was placed elsewhere, and paid before it came here.
    attempts: int
    #: What was taken for it; None where that is not known.
    paid: Decimal | None


class Ended(NamedTuple):
    """An order that ended, as a report over very many reads it."""

    id: int
    #: When its end was seen, in microseconds; and when it was sent, unless it was placed elsewhere.
    at: int
    sent_at: int | None
    service: str
    state: State
    charge: Decimal | None
    expected_charge: Decimal | None
    paid: Decimal | None
    remains: int | None
    #: What `remains` counts down from.
    total: int | None


class Bill(NamedTuple):
    """What was taken for an order, and what is to come back of it."""

    paid: Decimal
    #: None where the panel says too little: of a partial order, how much it did not deliver.
    refund: Decimal | None = ZERO


def bill(order: Order | Ended) -> Bill | None:
    """Return an order's bill; None where nothing is known of what it cost, or it was never taken."""
    if order.state is not State.ACTIVE and order.state not in ENDED:
        return None
    paid = taken(order.state, order.charge, order.expected_charge, order.paid)
    if paid is None:
        return None
    is_kept = order.state is State.ACTIVE or order.state is State.COMPLETED
    return Bill(paid) if is_kept else Bill(paid, _promised(order, paid))


def taken(
    state: State, charge: Decimal | None, expected: Decimal | None, paid: Decimal | None
) -> Decimal | None:
    """Return what was taken for an order that the panel took; None where that is not known.

    Of one that ended otherwise than completed, `charge` may be what the panel keeps.
    """
    if state is State.ACTIVE or state is State.COMPLETED:
        return expected if charge is None else charge
    return (
        paid
        if paid is not None
        else max((one for one in (charge, expected) if one is not None), default=None)
    )


def _promised(order: Order | Ended, paid: Decimal) -> Decimal | None:
    """Return what an order that ended otherwise than completed is to bring back."""
    if order.charge is not None and order.charge < paid:
        return paid - order.charge  # the panel says what it keeps
    if order.state is State.CANCELED:
        return paid
    if order.state is State.FAILED:
        return ZERO
    if order.remains is None or not order.total:
        return None
    return _share(paid, min(order.total, max(0, order.remains)), order.total)


def _share(paid: Decimal, remains: int, total: int) -> Decimal:
    with localcontext(prec=60):
        share = paid * remains / total
        return share if share * total == paid * remains else share.quantize(SMALLEST, ROUND_DOWN)
