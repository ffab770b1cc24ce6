"""Lost orders that face as many ids as they are: all of them arrived, but which is which cannot be known. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.orders.ids import counter_of
from tracker.reconciliation.fit import Fit, Fits
from tracker.reconciliation.lost_order import LostOrder


def pairs_in_order(
    lost: LostOrder, lost_orders: Sequence[LostOrder], fits: Fits
) -> list[tuple[LostOrder, str]]:
    """Return the group of this order, each with an id; empty unless the ids are exactly as many as the orders.

    A group is open orders of one expected charge, for each of which the same ids fit, and for no other order. The one
    that was sent first is paired with the lowest id.
    """
    ids = _fitting(lost, fits)
    group = [one for one in lost_orders if _fitting(one, fits) & ids]
    if len(group) != len(ids) or not all(_is_alike(one, lost, ids, fits) for one in group):
        return []
    in_order = sorted(group, key=lambda one: one.attempt_id)
    return list(zip(in_order, sorted(ids, key=lambda one: counter_of(one) or 0), strict=True))


def _is_alike(other: LostOrder, lost: LostOrder, ids: set[str], fits: Fits) -> bool:
    """Tell whether exactly the same ids fit another open order of the same charge."""
    same = other.is_open and other.expected_charge == lost.expected_charge and _fitting(other, fits) == ids
    return same and all(fits[other.order_id, one] is Fit.YES for one in ids)


def _fitting(lost: LostOrder, fits: Fits) -> set[str]:
    return {one for (order_id, one), how in fits.items() if order_id == lost.order_id and how is not Fit.NO}
