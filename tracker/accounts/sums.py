"""Finds which of some amounts add up to another, and whether that can be told at all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from tracker.orders.ledger import ZERO

TRIED = 16
"""Amounts of which every sum is tried, and"""

SUMS = 4096
"""sums at most: with more than these, one cannot be told from another."""

WAYS = 4
"""Ways to a sum that are kept: more than one are too many anyway."""


class Amount(NamedTuple):
    """What an order took, or is to bring back, and when that became known: it was sent, or seen to have ended."""

    at: int
    amount: Decimal
    order_id: int
    #: How it ended: a panel treats all that end alike in the same way.
    kind: str = ""
    #: When its order was sent: no refund comes before that.
    sent_at: int = 0


Some = tuple[Amount, ...]


class Ways(NamedTuple):
    """How some amounts add up to another: the first way is the likeliest."""

    ways: tuple[Some, ...] = ()
    #: Whether there may be others, as there are too many amounts to try every sum.
    may_be_others: bool = False

    @property
    def first(self) -> Some:
        """The likeliest way; empty where there is none."""
        return self.ways[0] if self.ways else ()

    @property
    def only(self) -> Some:
        """The one way that there is; empty where there is none, or more than one."""
        return self.first if len(self.ways) == 1 and not self.may_be_others else ()

    @property
    def all(self) -> Some:
        """Every amount that is in one of the ways."""
        return joined(self.ways)


def joined(some: Iterable[Some]) -> Some:
    """Return the amounts of several, each once, in the order of their times."""
    return tuple(sorted({one.order_id: one for each in some for one in each}.values()))


def total_of(amounts: Iterable[Amount | tuple[int, Decimal]]) -> Decimal:
    """Return what some amounts come to."""
    return sum((one[1] for one in amounts), ZERO)


def ways_to(total: Decimal, amounts: Sequence[Amount]) -> Ways:
    """Find the amounts that add up to a total: all, all of a kind, the first few, or any few."""
    if total <= ZERO or not amounts:
        return Ways()
    if total_of(amounts) == total:
        return Ways((tuple(amounts),))  # any fewer come to less
    if len(amounts) <= TRIED:
        return _every(total, amounts)
    found = (*_by_kind(total, amounts), *_first(total, amounts), *_single(total, amounts))
    return Ways(tuple(dict.fromkeys(found))[:WAYS], may_be_others=True)


def _by_kind(total: Decimal, amounts: Sequence[Amount]) -> Iterable[Some]:
    for kind in dict.fromkeys(one.kind for one in amounts):
        alike = tuple(one for one in amounts if one.kind == kind)
        if total_of(alike) == total:
            yield alike


def _first(total: Decimal, amounts: Sequence[Amount]) -> Iterable[Some]:
    reached = ZERO
    for number, one in enumerate(amounts, 1):
        reached += one.amount
        if reached >= total:
            return (tuple(amounts[:number]),) if reached == total else ()
    return ()


def _single(total: Decimal, amounts: Sequence[Amount]) -> Iterable[Some]:
    return ((one,) for one in amounts if one.amount == total)


def _every(total: Decimal, amounts: Sequence[Amount]) -> Ways:
    """Try every sum of a few; those of the fewest and earliest come first."""
    known: dict[Decimal, list[Some]] = {ZERO: [()]}
    still = total_of(amounts)
    for one in amounts:
        still -= one.amount
        for reached, ways in list(known.items()):
            if (more := reached + one.amount) <= total <= more + still:  # else it cannot be reached any more
                kept = known.setdefault(more, [])
                kept += [(*way, one) for way in ways][: WAYS - len(kept)]
        if len(known) > SUMS:
            return Ways((*_by_kind(total, amounts), *_single(total, amounts))[:WAYS], may_be_others=True)
    return Ways(tuple(sorted(known.get(total, []), key=len)))
