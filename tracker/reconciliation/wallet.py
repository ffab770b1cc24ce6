"""What the wallet says of lost orders. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from tracker.orders.ledger import CostRange, Mark, sums, unexplained
from tracker.orders.order import Order
from tracker.orders.refunds import unexplained_by_rule
from tracker.reconciliation.lost_order import LostOrder

MANY = 10
"""With more lost orders than this the wallet is no longer read: the sums of so many charges fit nearly anything."""


class Wallet(StrEnum):
    """What the wallet says of one lost order."""

    CHARGED = "the wallet sank by its charge"
    NOT_CHARGED = "the wallet did not sink by its charge"
    #: It rests on what panels usually do, so that it is not enough to send an order again.
    ACCOUNTED = "the wallet did not sink by its charge, if orders that ended alike were refunded alike"
    UNCLEAR = "the wallet proves nothing"


def wallet_says(
    lost: LostOrder, now: Mark | None, lost_orders: Sequence[LostOrder], ended: Iterable[Order] = ()
) -> Wallet:
    """Say whether the wallet sank by the order's charge, whichever other lost orders it also sank by.

    `ended` are the orders that ended so that the panel may have given something back.
    """
    if lost.before is None or now is None or lost.expected_charge is None:
        return Wallet.UNCLEAR
    sank, amounts = unexplained(lost.before, now), _amounts(lost, lost_orders)
    if sank is None or amounts is None:
        return Wallet.UNCLEAR
    without = any(amount in sank for amount in amounts)
    with_it = any(amount + lost.expected_charge in sank for amount in amounts)
    if with_it is not without:
        return Wallet.CHARGED if with_it else Wallet.NOT_CHARGED
    if not (without and lost.is_settled):
        return Wallet.UNCLEAR
    by_rule = unexplained_by_rule(lost.before, now, ended)
    is_accounted = not by_rule.isdisjoint(amounts)
    is_ambiguous = any(amount + lost.expected_charge in by_rule for amount in amounts)
    return Wallet.ACCOUNTED if is_accounted and not is_ambiguous else Wallet.UNCLEAR


def _amounts(lost: LostOrder, lost_orders: Sequence[LostOrder]) -> frozenset[Decimal] | None:
    """Return each sum that other lost orders may have cost since the reading; None where that is not known."""
    others = [one.expected_charge for one in lost_orders if _may_be_charged_since(one, lost)]
    if len(others) + len(lost.found_since) >= MANY:
        return None
    known = [one for one in others if one is not None]
    found = [one for one in lost.found_since if one is not None]
    if len(known) < len(others) or len(found) < len(lost.found_since):
        return None
    # What was found since may have been charged before the reading that this one is compared with.
    return frozenset(amount - was for amount in sums(known) for was in sums(found))


def _may_be_charged_since(other: LostOrder, lost: LostOrder) -> bool:
    """Tell whether another lost order may have been charged after the reading that this one is compared with."""
    if other.order_id == lost.order_id or other.is_absent:
        return False
    since = None if lost.before is None else lost.before.at
    return since is None or other.settles_at > since


def mark_after(
    wallet: Mark,
    lost_orders: Sequence[LostOrder],
    says: Mapping[int, Wallet],
    adopted: Mapping[int, Decimal | None],
) -> Mark:
    """Return a reading as what comes later is compared with it.

    `says` and `adopted`, which is what was charged for the orders that were found just now, go by the local ids.
    """
    counted = {
        order_id: charge
        for order_id, charge in adopted.items()
        if charge is not None and says[order_id] is Wallet.CHARGED
    }
    undecided = [
        lost.attempt_id
        for lost in lost_orders
        if lost.order_id not in counted
        and not lost.is_absent
        and says[lost.order_id] is not Wallet.NOT_CHARGED
    ]
    total = sum(counted.values(), Decimal(0))
    return replace(wallet, spent=wallet.spent.plus(CostRange(total, total)), undecided=tuple(undecided))
