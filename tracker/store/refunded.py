"""Finds the orders that ended so that the panel may have given money back."""

from __future__ import annotations

from tracker.orders.order import Order
from tracker.orders.refunds import REFUNDED
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of, placeholders

MOST = 1000
"""Orders that are considered: with more than these, no sum of refunds can be told from another."""

_ENDED = f"""
    SELECT {", ".join(ORDER_NAMES)} FROM orders WHERE finished_at > ? AND panel || '' = ?
    AND state || '' IN ({placeholders(len(REFUNDED))}) ORDER BY finished_at LIMIT ?
"""
"""By the time of the end and by no other index: there may be very many that ended so, but few of late."""


def ended_since(db: Database, panel: str, since: int) -> list[Order]:
    """Return the panel's orders that ended as REFUNDED after this time; none where there are too many."""
    rows = db.sql(_ENDED, (since, panel, *map(str, REFUNDED), MOST + 1))
    return [] if len(rows) > MOST else [order_of(row) for row in rows]
