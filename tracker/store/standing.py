"""Finds active orders by when they made progress last, where nobody was told yet that they stand still."""

from __future__ import annotations

from tracker.orders.order import Order
from tracker.orders.status import progressed_at
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
    AND (SELECT cohorts.checked_at FROM polls JOIN cohorts ON cohorts.id = polls.cohort WHERE polls.id = orders.id)
    >= {_AT} + ? ORDER BY {_AT}, id LIMIT {PAGE}
"""


Place = tuple[int, int]
"""The place of an order among those of its service: when it made progress last, and its id."""

BEGIN: Place = (-1, 0)
"""The place before all orders."""


def place_of(order: Order) -> Place:
    """Return the place of an order."""
    return progressed_at(order), order.id


def services(db: Database, panel: str) -> list[str]:
    """Return the services of a panel that have such orders."""
    return [service for (service,) in db.sql(_SERVICES, (panel, panel))]


def progressed_after(db: Database, panel: str, service: str, now: int) -> list[Order]:
    """Return orders whose last progress a wrong clock has dated after now, without their comments; of many, some."""
    return [order_of(row) for row in db.sql(_AHEAD, (panel, service, now))]


def still_for(
    db: Database, panel: str, service: str, longest: int, now: int, after: Place = BEGIN
) -> list[Order]:
    """Return a page of the orders that were checked when they had made no progress for so long, without comments.

    They come after a place, the longest without progress first; no more come after an empty page.
    """
    return [order_of(row) for row in db.sql(_STILL, (panel, service, now - longest, *after, longest))]
