"""Puts tags on orders that are in the queue already, and takes them away."""

from __future__ import annotations

import json

from tracker.orders.order import Order
from tracker.store import held, orders, outbox, paused_tags, spending, tag_counts
from tracker.store.database import Database

_WRITE = "UPDATE orders SET tags = ? WHERE id = ?"
_ADD = "INSERT INTO tags (tag, order_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM tags WHERE tag = ? AND order_id = ?"


def edit(db: Database, order_id: int, add: tuple[str, ...], remove: frozenset[str], now: int) -> Order | None:
    """Add and remove tags of an order; return it as it is now, None where there is none.

    A tag whose last order that goes on loses it is over; what is told then is written with it.
    """
    with db.transaction():
        orders.lock(db, [order_id])
        order = orders.by_id(db, order_id)
        if order is None:
            return None
        tags = tuple(tag for tag in dict.fromkeys((*order.tags, *add)) if tag not in remove)
        db.many(_WRITE, [(json.dumps(tags, ensure_ascii=False) if tags else None, order_id)])
        db.many(_ADD, [(tag, order_id) for tag in tags if tag not in order.tags])
        db.many(_REMOVE, [(tag, order_id) for tag in order.tags if tag not in tags])
        spending.retag(db, order, tags)
        state = str(order.state)
        changed = tag_counts.move(db, entered=[(tags, state)], left=[(order.tags, state)])
        outbox.post(db, tag_counts.ended(db, changed), now)
        paused_tags.retag(db, order._replace(tags=tags), now)
        if not set(order.tags) <= set(tags):
            held.look_again(db, order)
        return orders.by_id(db, order_id)
