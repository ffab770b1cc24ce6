"""When an order was seen to start. Pure."""

from __future__ import annotations

from tracker.orders.answers import Report
from tracker.orders.order import Order, State

WAITING = frozenset(
    {"pending", "awaiting", "queued", "new", "created", "creating", "waiting", "cronpending", "новый"}
)
"""The family's words for an order that the panel has taken and not begun, without spaces, hyphens and case."""

_SPELLING = str.maketrans("", "", " _-\t\u00a0")


def started_at(order: Order, report: Report, now: int) -> int | None:
    """Return when an order was seen to have started; None while it was not.

    It has when the panel's word is not one for waiting, when less remains than was ordered, or when it ended
    delivered. It is seen at a poll, so never too early, and late by at most the time between two polls.
    """
    if order.started_at is not None or report.state in (None, State.CANCELED, State.FAILED):
        return order.started_at
    begun = report.remains is not None and order.total is not None and report.remains < order.total
    waits = report.status_text.casefold().translate(_SPELLING) in WAITING
    return now if begun or not waits else None
