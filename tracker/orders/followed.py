"""What a poll needs to know of an order, unless the panel says something new of it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from tracker.orders.order import Order, State


class Followed(NamedTuple):
    """An order that is polled, as far as every poll needs it. Times are microseconds since 1970 UTC.

    A poll makes one of each order, and reads the whole order only for news: of most, the panel says the same again.
    """

    id: int
    panel_order_id: str
    service: str
    #: Since when the panel has it.
    since: int
    due_at: int
    checked_at: int | None
    #: The digest of what the panel said of it last, where that says nothing new when it is said again.
    digest: int | None = None
    #: The cohort that it is in while it is active (`orders.cohorts`).
    cohort: int = 0
    #: False once it is over: then only another state is news.
    is_active: bool = True


def followed(order: Order) -> Followed:
    """Return what a poll needs to know of an order that is active or over, so that whatever is said of it is read."""
    since, is_active = order.submitted_at or order.created_at, order.state is State.ACTIVE
    named = (order.id, order.panel_order_id or "", order.service)
    return Followed(*named, since, order.due_at or 0, order.checked_at, is_active=is_active)
