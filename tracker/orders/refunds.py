"""What a panel may have given back for orders that ended, if it treats all that ended alike in the same way. Pure.

The ledger knows no more than a range, as a panel refunds by as much as it likes. But it does so by a rule of its own:
nothing, all, the share that was not delivered, or what it then says itself that the order has cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tracker.lib.times import MINUTE
from tracker.orders.ledger import ZERO, Mark, cost, delivered
from tracker.orders.order import Order, State

REFUNDED = (State.PARTIAL, State.CANCELED, State.FAILED)
"""Ends after which money may come back."""

QUIET = 5 * MINUTE
"""How long an order must have ended before a reading: by then its refund was made, if there is one."""


def unexplained_by_rule(before: Mark, now: Mark, ended: Iterable[Order]) -> frozenset[Decimal]:
    """Return by how much more the wallet sank than the orders explain: an amount for each rule it may refund by.

    `ended` are the orders that ended as REFUNDED. Empty where they are not all that makes the cost a range, or where
    one of them has ended only just now.
    """
    if before.at is None or now.at is None or before.spent.unknowns != now.spent.unknowns:
        return frozenset()
    between = [one for one in ended if (one.finished_at or 0) > before.at]
    if any((one.finished_at or 0) > now.at - QUIET for one in between):
        return frozenset()
    low, high = now.spent.low - before.spent.low, now.spent.high - before.spent.high
    if sum((_width(one) for one in between), ZERO) != high - low:
        return frozenset()
    sank = before.balance - now.balance - high
    return frozenset(sank + refund for refund in _refunds(between))


def _width(order: Order) -> Decimal:
    span = cost(order)
    return ZERO if span is None else span.high - span.low


def _refunds(ended: Sequence[Order]) -> set[Decimal]:
    """Return what may have been given back in all, by each rule for each end."""
    totals = {ZERO}
    for end in REFUNDED:
        alike = [one for one in ended if one.state is end]
        totals = {total + amount for total in totals for amount in _by_each_rule(alike)}
    return totals


def _by_each_rule(alike: Sequence[Order]) -> set[Decimal]:
    """Return what may have been given back for orders that ended alike."""
    found = {ZERO, sum(map(_paid, alike), ZERO)}
    found.add(sum((_paid(one) - one.charge for one in alike if one.charge is not None), ZERO))
    if all(one.remains is not None and one.total for one in alike):
        found.add(sum((_paid(one) * (1 - delivered(one)) for one in alike), ZERO))
    return found


def _paid(order: Order) -> Decimal:
    return max((one for one in (order.charge, order.expected_charge) if one is not None), default=ZERO)
