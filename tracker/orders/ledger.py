"""What the orders of an account have cost, as far as it is known, and whether the wallet agrees. Pure.

The wallet is compared between two marks: readings at which nothing was on its way. What the orders between
them cost is a range, because a panel refunds a canceled order when and by as much as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tracker.orders.order import ENDED, Order, Series, State

ZERO = Decimal(0)
_FREE = frozenset({State.QUEUED, State.SUBMITTING, State.UNKNOWN, State.REJECTED, State.DROPPED})
"""States in which an order is not known to have cost anything; what an unknown one cost is the open question."""


@dataclass(frozen=True, slots=True)
class Range:
    """An amount of money between two bounds, both included."""

    low: Decimal
    high: Decimal

    def __contains__(self, amount: Decimal) -> bool:
        return self.low <= amount <= self.high


@dataclass(frozen=True, slots=True)
class CostRange:
    """The known cost of all orders of an account, ever; `gaps` counts moves whose cost is not known at all."""

    low: Decimal = ZERO
    high: Decimal = ZERO
    unknowns: int = 0

    def plus(self, other: CostRange) -> CostRange:
        """Return the sum of both."""
        return CostRange(self.low + other.low, self.high + other.high, self.unknowns + other.unknowns)


@dataclass(frozen=True, slots=True)
class Mark:
    """What was in the wallet at a moment when nothing was on its way, and what was known to be spent by then."""

    balance: Decimal
    spent: CostRange
    #: When it was read, in microseconds; None for a reading that was kept without its time.
    at: int | None = None
    #: The attempts that were lost by then, and of which it was not known whether the wallet had been charged for them:
    #: what is spent does not count them, and the balance may.
    undecided: tuple[int, ...] = ()


def cost(order: Order) -> Range | None:
    """Return what an order has taken out of the wallet by now; None when that is not known.

    An order that was placed elsewhere was paid before it came here: only what comes back of it counts.
    """
    if order.state in _FREE:
        return Range(ZERO, ZERO)
    known = [amount for amount in (order.charge, order.expected_charge) if amount is not None]
    if not known:
        was_paid = order.attempts == 0 and order.state not in ENDED and order.series is not Series.POSTS
        return Range(ZERO, ZERO) if was_paid else None
    span = _cost(order, known)
    paid = max(known) if order.attempts == 0 else ZERO
    return Range(span.low - paid, span.high - paid)


def _cost(order: Order, known: list[Decimal]) -> Range:
    match order.state:
        case State.PARTIAL:
            return Range(min(known) * delivered(order), max(known))
        case State.CANCELED | State.FAILED:
            return Range(ZERO, max(known))
        case _:
            return Range(known[0], known[0])


def delivered(order: Order) -> Decimal:
    """Return the share of the order that was delivered; 0 where the panel does not say."""
    total = order.total
    if not total or order.remains is None:
        return ZERO
    return Decimal(min(total, max(0, total - order.remains))) / total


NO_COST = CostRange()


def cost_delta(before: Order, after: Order) -> CostRange:
    """Return what a change of an order adds to what its account has spent."""
    known = before.charge, before.expected_charge
    goes_on = before.state is after.state is State.ACTIVE and known != (None, None)
    if goes_on and known == (after.charge, after.expected_charge):
        return NO_COST  # most changes, told in short
    was, now = cost(before), cost(after)
    if was is None or now is None:
        return CostRange(unknowns=1)
    # Out of an end, and to another price than expected, the wallet may have moved before we learned of it.
    late = before.state in ENDED or (after.state is before.state and was != now)
    return CostRange(now.low - was.low, now.high - was.high, int(late and was != now))


def unexplained(before: Mark, after: Mark) -> Range | None:
    """Return by how much more the wallet sank than the known orders explain; None when that is unknown."""
    if before.spent.unknowns != after.spent.unknowns:
        return None
    sank = before.balance - after.balance
    low, high = after.spent.low - before.spent.low, after.spent.high - before.spent.high
    return Range(sank - max(low, high), sank - min(low, high))


def sums(amounts: Iterable[Decimal]) -> frozenset[Decimal]:
    """Return every sum that some of these amounts can have, 0 with them."""
    found = {ZERO}
    for amount in amounts:
        found |= {known + amount for known in found}
    return frozenset(found)
