"""Finds the orders here that a panel's list of recent orders should hold."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import order_columns, order_of, placeholders

CHUNK = 500
"""Ids in one `IN (…)`."""

MOST = 2000
"""Orders that are compared with a list, which holds fewer: the newest matter."""

_SELECT = f"SELECT {order_columns()} FROM orders"
_OWNERS = f"{_SELECT} WHERE panel = ? AND panel_order_id IN ({{ids}})"
_SENT_SINCE = f"""
    {_SELECT} WHERE panel = ? AND submitted_at >= ? AND panel_order_id IS NOT NULL ORDER BY submitted_at DESC LIMIT ?
"""


def owners(db: Database, panel: str, ids: Sequence[str]) -> dict[str, Order]:
    """Return the order that has each of these ids at the panel, where one has."""
    found: dict[str, Order] = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        rows = db.sql(_OWNERS.format(ids=placeholders(len(part))), (panel, *part))
        found.update((order.panel_order_id or "", order) for order in map(order_of, rows))
    return found


def sent_since(db: Database, panel: str, since: int) -> list[Order]:
    """Return the orders with an id that were sent since then, the newest first."""
    return [order_of(row) for row in db.sql(_SENT_SINCE, (panel, since, MOST))]
