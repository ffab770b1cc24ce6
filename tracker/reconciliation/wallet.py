"""What the wallet says of lost orders. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from tracker.orders.ledger import CostRange, Mark, sums, unexplained
from tracker.reconciliation.lost_order import LostOrder

MANY = 10
"""With more lost orders than this the wallet is no longer read: the sums of so many charges fit nearly anything."""


class Wallet(StrEnum):
    """What the wallet says of one lost order."""

    CHARGED = "the wallet sank by its charge"
    NOT_CHARGED = "the wallet did not sink by its charge"
    UNCLEAR = "the wallet proves nothing"


def wallet_says(lost: LostOrder, now: Mark | None, lost_orders: Sequence[LostOrder]) -> Wallet:
    """Say whether the wallet sank by the order's charge, whichever other lost orders it also sank by."""
    if lost.before is None or now is None or lost.expected_charge is None:
        return Wallet.UNCLEAR
    others = [one.expected_charge for one in lost_orders if _may_be_charged_since(one, lost)]
    sank = unexplained(lost.before, now)
    if sank is None or None in (*others, *lost.found_since) or len(others) + len(lost.found_since) >= MANY:
        return Wallet.UNCLEAR
    # What was found since may have been charged before the reading that this one is compared with.
    earlier = sums(one for one in lost.found_since if one is not None)
    later = sums(one for one in others if one is not None)
    amounts = {amount - was for amount in later for was in earlier}
    without = any(amount in sank for amount in amounts)
    with_it = any(amount + lost.expected_charge in sank for amount in amounts)
    if with_it is without:
        return Wallet.UNCLEAR
    return Wallet.CHARGED if with_it else Wallet.NOT_CHARGED


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
