"""Finds which of some amounts add up to another. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from tracker.orders.ledger import ZERO

TRIED = 16
"""Amounts of which sums are tried, and"""

SUMS = 4096
"""sums at most: with more than these, one cannot be told from another."""


class Amount(NamedTuple):
    """What an order took, or is to bring back, and when that became known: it was sent, or seen to have ended."""

    at: int
    amount: Decimal
    order_id: int
    #: How it ended: a panel treats all that end alike in the same way.
    kind: str = ""
    #: When its order was sent: no refund comes before that.
    sent_at: int = 0


def adding_up_to(total: Decimal, amounts: Sequence[Amount]) -> list[Amount]:
    """Return amounts that add up to a total: all, all of a kind, the first few, or any few; empty where none do."""
    if total <= ZERO or not amounts:
        return []
    kinds = [list(amounts), *_by_kind(amounts)]
    alike = next((some for some in kinds if sum((one.amount for one in some), ZERO) == total), None)
    return alike or _first(total, amounts) or _any(total, amounts)


def _by_kind(amounts: Sequence[Amount]) -> list[list[Amount]]:
    kinds = dict.fromkeys(one.kind for one in amounts)
    return [[one for one in amounts if one.kind == kind] for kind in kinds]


def _first(total: Decimal, amounts: Sequence[Amount]) -> list[Amount]:
    sums = accumulate(one.amount for one in amounts[:TRIED])
    count = next((number for number, reached in enumerate(sums, 1) if reached == total), 0)
    return list(amounts[:count])


def _any(total: Decimal, amounts: Sequence[Amount]) -> list[Amount]:
    """Try every sum of a few; of many only single ones, as some of those would add up to nearly anything."""
    if len(amounts) > TRIED:
        return next(([one] for one in amounts if one.amount == total), [])
    known: dict[Decimal, int] = {ZERO: 0}
    for number, one in enumerate(amounts):
        for reached, mask in list(known.items()):
            if (more := reached + one.amount) <= total:
                known.setdefault(more, mask | 1 << number)
        if total in known or len(known) > SUMS:
            break
    mask = known.get(total, 0)
    return [one for number, one in enumerate(amounts) if mask >> number & 1]
