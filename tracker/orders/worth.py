"""What the orders of a service were worth: how they ended, how fast, what was paid and what came back. Pure.

The figures of a service are sums over its orders that ended. An order that ends adds its own; one whose end changes
later takes them back and adds others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypeVar

from tracker.lib.spans import bucket_of, quantile
from tracker.orders.bill import bill
from tracker.orders.change import OrderChange
from tracker.orders.ledger import ZERO
from tracker.orders.order import ENDED, Order, State

Service = tuple[str, str]
"""A panel, and the id of one of its services."""

K = TypeVar("K", str, int)


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over orders that ended."""

    ends: Mapping[str, int] = field(default_factory=dict)
    """State -> orders that ended so."""
    paid: Decimal = ZERO
    refunded: Decimal = ZERO
    """What the ends of the orders promise back; whether it came is for a statement to say."""
    units: int = 0
    """Delivered units of the orders whose bill and delivery are both known."""
    kept: Decimal = ZERO
    """What was kept for those units."""
    start_times: Mapping[int, int] = field(default_factory=dict)
    end_times: Mapping[int, int] = field(default_factory=dict)
    """Histograms of the times from sending an order until it was seen to start, and to end."""

    def plus(self, other: Figures, sign: int = 1) -> Figures:
        """Return the sums of both; with `sign` -1, without the other's."""
        return Figures(
            _sum(self.ends, other.ends, sign),
            self.paid + sign * other.paid,
            self.refunded + sign * other.refunded,
            self.units + sign * other.units,
            self.kept + sign * other.kept,
            _sum(self.start_times, other.start_times, sign),
            _sum(self.end_times, other.end_times, sign),
        )


def _sum(one: Mapping[K, int], other: Mapping[K, int], sign: int) -> Mapping[K, int]:
    found = dict(one)
    for key, count in other.items():
        found[key] = found.get(key, 0) + sign * count
    return {key: count for key, count in found.items() if count}


def figures(order: Order) -> Figures:
    """Return what one order adds to the figures of its service; nothing while it has not ended."""
    if order.state not in ENDED:
        return Figures()
    found, units = bill(order), _delivered(order)
    is_priced = found is not None and found.refund is not None and units is not None
    return Figures(
        {str(order.state): 1},
        ZERO if found is None else found.paid,
        ZERO if found is None else found.refund or ZERO,
        (units or 0) if is_priced else 0,
        found.paid - (found.refund or ZERO) if found is not None and is_priced else ZERO,
        _time(order, order.started_at),
        _time(order, order.finished_at),
    )


def _time(order: Order, until: int | None) -> dict[int, int]:
    """Return the histogram of one length of time; empty where it is not known, or not the panel's alone to decide."""
    if until is None or order.submitted_at is None or order.series is not None:
        return {}
    return {bucket_of(until - order.submitted_at): 1} if until >= order.submitted_at else {}


def _delivered(order: Order) -> int | None:
    """Return the units that an ended order brought; None where the panel does not say."""
    total = order.total
    if not total:
        return None
    if order.state is State.COMPLETED:
        return total
    if order.remains is None:
        return 0 if order.state is State.CANCELED else None
    return min(total, max(0, total - order.remains))


def moved(changes: Iterable[OrderChange]) -> dict[Service, Figures]:
    """Return by how much changes move the figures of each service."""
    found: dict[Service, Figures] = {}
    for change in changes:
        before, after = change.before, change.after
        if before.state not in ENDED and after.state not in ENDED:
            continue
        key, now = (after.panel, after.service), figures(after)
        sums = found.get(key, Figures())
        if before.state in ENDED:
            was = figures(before)
            if was == now:
                continue
            sums = sums.plus(was, -1)
        found[key] = sums.plus(now)
    return found


# -- what people see ------------------------------------------------------------------------------------


class Worth(NamedTuple):
    """What a service was worth. Shares are from 0 to 1; times are microseconds, to 5 %."""

    orders: int
    completed: int
    partial: int
    canceled: int
    failed: int
    start_median: int | None
    start_90: int | None
    end_median: int | None
    end_90: int | None
    paid: Decimal
    refunded: Decimal
    #: Units that were delivered, of the orders where both that and the price is known.
    delivered: int
    #: What one delivered unit cost, refunds taken off, to 8 significant digits; None where nothing is known.
    unit_price: Decimal | None

    def share(self, state: State) -> float:
        """Return which part of the orders ended so."""
        counts = {State.COMPLETED: self.completed, State.PARTIAL: self.partial, State.CANCELED: self.canceled}
        return counts.get(state, self.failed) / self.orders if self.orders else 0.0


def worth(of: Figures) -> Worth:
    """Return what figures come to."""
    completed, partial, canceled, failed = (of.ends.get(str(state), 0) for state in _ENDS)
    return Worth(
        sum(of.ends.values()), completed, partial, canceled, failed,
        quantile(of.start_times, 0.5), quantile(of.start_times, 0.9),
        quantile(of.end_times, 0.5), quantile(of.end_times, 0.9),
        of.paid, of.refunded, of.units, _rounded(of.kept / of.units) if of.units else None,
    )  # fmt: skip


_ENDS = (State.COMPLETED, State.PARTIAL, State.CANCELED, State.FAILED)


def _rounded(price: Decimal) -> Decimal:
    return Decimal(f"{price:.8g}") + ZERO if price else ZERO
