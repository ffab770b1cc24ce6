"""Says why a queued order is held, the same through every door. Pure."""

from __future__ import annotations

from collections.abc import Callable

from tracker.orders.order import Held, Order


def why_held(order: Order, moment: Callable[[int], str]) -> str | None:
    """Say why an order is held; None when it is not. `moment` writes a point in time."""
    if order.held == Held.TIME and order.not_before is not None:
        return f"until {moment(order.not_before)}"
    if order.held == Held.TAG:
        return "one of its tags is paused"
    return order.held_why or order.held
