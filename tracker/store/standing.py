"""Finds active orders by when they made progress last, where nobody was told yet that they stand still."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import order_columns, order_of

PAGE = 500
"""Orders read at a time: a panel may stand still with all that it has."""

_UNTOLD = "panel = ? AND state = 'active' AND stuck_at IS NULL"
_AT = "COALESCE(progressed_at, submitted_at, created_at)"
_SELECT = f"SELECT {order_columns().replace('orders.comments,', 'NULL,')} FROM orders WHERE {_UNTOLD} AND service = ?"

_SERVICES = f"""
    WITH RECURSIVE found (service) AS (
        SELECT MIN(service) FROM orders WHERE {_UNTOLD}
        UNION ALL SELECT (SELECT MIN(service) FROM orders WHERE {_UNTOLD} AND service > found.service)
        FROM found WHERE found.service IS NOT NULL
    )
    SELECT service FROM found WHERE service IS NOT NULL
"""
"""Each is found by the index from the one before it: a panel may have a million orders of three services."""

_AHEAD = f"{_SELECT} AND {_AT} > ? LIMIT {PAGE}"
_STILL = f"""
    {_SELECT} AND {_AT} <= ? AND ({_AT}, id) > (?, ?)
    AND (SELECT checked_at FROM polls WHERE polls.id = orders.id) >= {_AT} + ? ORDER BY {_AT}, id LIMIT {PAGE}
"""


def services(db: Database, panel: str) -> list[str]:
    """Return the services of a panel that have such orders."""
    return [service for (service,) in db.sql(_SERVICES, (panel, panel))]


def progressed_after(db: Database, panel: str, service: str, now: int) -> list[Order]:
    """Return orders whose last progress a wrong clock has dated after now, without their comments; of many, some."""
    return [order_of(row) for row in db.sql(_AHEAD, (panel, service, now))]


def still_for(db: Database, panel: str, service: str, longest: int, now: int) -> Iterator[Order]:
    """Yield the orders that were checked when they had made no progress for so long, without their comments."""
    place = (-1, 0)
    while rows := db.sql(_STILL, (panel, service, now - longest, *place, longest)):
        found = [order_of(row) for row in rows]
        yield from found
        last = found[-1]
        place = last.progressed_at or last.submitted_at or last.created_at, last.id
