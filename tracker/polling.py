"""When to look at an order again. Pure."""

from __future__ import annotations

from tracker.orders import Order

GROWTH = 1.5
"""By how much the time between two looks grows while nothing changes."""


def next_look(order: Order, changed: bool, now: int, shortest: int, longest: int) -> int:
    """Return the time of the next look: soon after a change, ever later while nothing changes."""
    if changed or order.checked_at is None or order.due_at is None:
        return now + shortest
    planned = order.due_at - order.checked_at
    return now + min(longest, max(shortest, round(planned * GROWTH)))


def after_failed_call(now: int, shortest: int) -> int:
    """Return when orders are looked at again whose status call told nothing."""
    return now + shortest
