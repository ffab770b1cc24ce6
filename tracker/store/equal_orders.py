"""Finds orders that ask for the same: a panel may take the second for the first for a while."""

from __future__ import annotations

from tracker.orders.links import same_link
from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_columns, order_of

_EQUAL = f"""
    SELECT COALESCE((SELECT MAX(over_at) FROM asks WHERE order_id = o.id), 0),
    COALESCE((SELECT MAX(answered_at) FROM attempts WHERE order_id = o.id), 0),
    {order_columns("o")}
    FROM orders o WHERE o.panel = ? AND o.submitted_at BETWEEN ? AND ? AND o.service = ? AND o.id <> ?
    AND o.state <> 'rejected'
"""
_POSTPONED = f"""
    SELECT {", ".join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'queued' AND due_at > ?
    ORDER BY due_at, id LIMIT ?
"""
SHOWN = 100
"""Queued orders that are looked at to say what waits."""


def waiting_for_equal(
    db: Database, panel: str, now: int, window: int, longest: int
) -> list[tuple[Order, Order, int]]:
    """Return queued orders that wait for the end of an equal one's window: each with that one, and until when."""
    found: list[tuple[Order, Order, int]] = []
    for row in db.sql(_POSTPONED, (panel, now, SHOWN)):
        order = order_of(row)
        equal = equal_sent(db, order, now, window, longest)
        if equal is not None:
            found.append((order, equal[0], equal[1] + window))
    return found


def equal_sent(db: Database, order: Order, now: int, window: int, longest: int) -> tuple[Order, int] | None:
    """Return the newest other order that asks for the same and was under way within the window, and until when it was.

    `longest` is the time limit of an `add`. What a wrong clock has dated further ahead than the window holds nothing
    back.
    """
    # One may have been asked again until its window was over, and the answer may have taken its time.
    since = now - 2 * (window + longest)
    values = (order.panel, since, now + window, order.service, order.id)
    found = [(order_of(row), max(asked, answered)) for asked, answered, *row in db.sql(_EQUAL, values)]
    sent = [
        (other, min(max(other.submitted_at or 0, over_at), now + window))
        for other, over_at in found
        if other.quantity == order.quantity and same_link(other.link, order.link)
    ]
    newest = max(sent, key=lambda pair: pair[1], default=None)
    return newest if newest is not None and now - newest[1] < window else None
