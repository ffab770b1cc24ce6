"""Finds orders by what a person remembers of them: an id, a ref, the panel's id, or a piece of the link."""

from __future__ import annotations

from tracker.orders.order import Order
from tracker.store import counters, orders
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of

SCANNED = 20_000
"""The newest orders, whose links are searched for a piece: all of a million would take a second each time."""

_SELECT = f"SELECT {', '.join(ORDER_NAMES)} FROM orders"
_BY_LINK = f"""
    {_SELECT} WHERE id IN (
        SELECT id FROM (SELECT id, link FROM orders ORDER BY id DESC LIMIT {SCANNED}) AS newest
        WHERE LOWER(link) LIKE ? ESCAPE '!' ORDER BY id DESC LIMIT ?
    ) ORDER BY id DESC
"""


def found(db: Database, text: str, limit: int) -> list[Order]:
    """Return the orders that a text may mean, those that it names first, then the newest whose link has it."""
    named = _named(db, text)
    ids = {order.id for order in named}
    if len(text) < 2:
        return named
    pattern = "%" + "".join(f"!{one}" if one in "!%_" else one for one in text.lower()) + "%"
    like = (order_of(row) for row in db.sql(_BY_LINK, (pattern, limit)))
    return (named + [order for order in like if order.id not in ids])[:limit]


def _named(db: Database, text: str) -> list[Order]:
    """Return the orders whose id, ref or id at a panel is just this."""
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    likely = [
        orders.by_ref(db, text),
        orders.by_id(db, int(text)) if is_id else None,
        *(orders.owner(db, panel, text) for panel in counters.counts(db)),
    ]
    return list({order.id: order for order in likely if order is not None}.values())
