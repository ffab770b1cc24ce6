"""The tags that a person paused: their orders stay queued, and those that are queued later are held too."""

from __future__ import annotations

from collections.abc import Collection

from tracker.orders.order import Held, Order
from tracker.store.database import Database
from tracker.store.rows import placeholders

_NOTE = "INSERT INTO paused_tags (tag, at) VALUES (?, ?) ON CONFLICT (tag) DO NOTHING"
_FORGET = "DELETE FROM paused_tags WHERE tag = ?"
_ALL = "SELECT tag FROM paused_tags ORDER BY tag"
_HOLD_ALL = f"""
    UPDATE orders SET held = '{Held.TAG}' WHERE state = 'queued' AND held IS NULL
    AND id IN (SELECT order_id FROM tags WHERE tag = ?)
"""
_HOLD = f"UPDATE orders SET held = '{Held.TAG}' WHERE id = ? AND state = 'queued' AND held IS NULL"
_FREE_ALL = f"""
    UPDATE orders SET held = CASE WHEN not_before > ? THEN '{Held.TIME}' END
    WHERE state = 'queued' AND held = '{Held.TAG}' AND id IN (SELECT order_id FROM tags WHERE tag = ?)
    AND NOT EXISTS (SELECT 1 FROM tags t JOIN paused_tags p ON p.tag = t.tag WHERE t.order_id = orders.id)
"""

_FREE = f"""
    UPDATE orders SET held = CASE WHEN not_before > ? THEN '{Held.TIME}' END
    WHERE id = ? AND state = 'queued' AND held = '{Held.TAG}'
"""


def pause(db: Database, tag: str, now: int) -> int:
    """Hold the queued orders of a tag, and those to come; return how many are held by that."""
    with db.transaction():
        db.many(_NOTE, [(tag, now)])
        return db.many(_HOLD_ALL, [(tag,)])


def resume(db: Database, tag: str, now: int) -> int:
    """Free the orders of a tag, unless another of their tags is paused; return how many are free by that."""
    with db.transaction():
        db.many(_FORGET, [(tag,)])
        return db.many(_FREE_ALL, [(now, tag)])


def paused(db: Database) -> list[str]:
    """Return the tags that are paused."""
    return [tag for (tag,) in db.sql(_ALL)]


def is_any(db: Database, tags: Collection[str]) -> bool:
    """Tell whether one of these tags is paused."""
    query = f"SELECT 1 FROM paused_tags WHERE tag IN ({placeholders(len(tags))}) LIMIT 1"
    return bool(tags) and bool(db.sql(query, tuple(tags)))


def retag(db: Database, order: Order, now: int) -> None:
    """Hold an order, or free it, after its tags were changed; in a transaction."""
    if is_any(db, order.tags):
        db.many(_HOLD, [(order.id,)])
    else:
        db.many(_FREE, [(now, order.id)])


def hold(db: Database, order: Order) -> bool:
    """Hold an order that was free although one of its tags is paused; False when none is.

    Such a one was queued while its tag was being paused, or was held for another reason until now.
    """
    if not is_any(db, order.tags):
        return False
    with db.transaction():
        db.many(_HOLD, [(order.id,)])
    return True
