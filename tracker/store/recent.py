"""What happened of late: orders that were sent, and orders that were rejected."""

from __future__ import annotations

from tracker.orders.order import Order, State
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of

_COLUMNS = ", ".join(f"o.{name}" for name in ORDER_NAMES)
_NEWEST_ATTEMPTS = f"""
    SELECT a.id, a.at, {_COLUMNS} FROM attempts a JOIN orders o ON o.id = a.order_id
    WHERE a.id < ? ORDER BY a.id DESC LIMIT ?
"""
"""Attempts are read by their ids, from the newest on: their times have no index."""

_REJECTED = f"""
    SELECT {_COLUMNS} FROM orders o WHERE panel = ? AND state = 'rejected' AND finished_at >= ?
    ORDER BY finished_at DESC LIMIT ?
"""
_COUNT_REJECTED = "SELECT COUNT(*) FROM orders WHERE panel = ? AND state = 'rejected' AND finished_at >= ?"

PAGE = 200
"""Attempts read at a time."""

MOST = 2000
"""Attempts that are looked at: more than an account sends between two readings of its wallet."""

_LAST_ID = 2**62

_NOT_CHARGED = frozenset({State.QUEUED, State.REJECTED, State.DROPPED})


def sent(db: Database, panel: str, since: int) -> list[Order]:
    """Return the orders of a panel whose `add` was begun since then, and that it may have charged for."""
    found: dict[int, Order] = {}
    before = _LAST_ID
    for _ in range(MOST // PAGE):
        rows = db.sql(_NEWEST_ATTEMPTS, (before, PAGE))
        for attempt_id, at, *row in rows:
            before = attempt_id
            if at <= since:
                return list(found.values())
            order = order_of(row)
            if order.panel == panel and order.state not in _NOT_CHARGED:
                found[order.id] = order
        if len(rows) < PAGE:
            break
    return list(found.values())


def rejected(db: Database, panel: str, since: int, limit: int = 3) -> tuple[list[Order], int]:
    """Return the newest orders of a panel that were rejected since then, and how many there were."""
    count = int(db.sql(_COUNT_REJECTED, (panel, since))[0][0])
    rows = db.sql(_REJECTED, (panel, since, limit)) if count else []
    return [order_of(row) for row in rows], count
