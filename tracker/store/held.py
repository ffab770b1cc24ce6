"""Holds queued orders that a limit holds, and lets them go on; a held order is in no pick of `queue`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.accounts.limits import Reached
from tracker.orders.order import LIMITED, Held, Order
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of

_SELECT = f"SELECT {', '.join(ORDER_NAMES)} FROM orders"
_LIMITED = "panel = ? AND state = 'queued' AND held IN ('max_price', 'price_jump', 'approval', 'spend')"
"""The condition of the index `orders_limited`, as it stands there."""

_BEHIND = f"""
    {_SELECT} WHERE panel = ? AND state = 'queued' AND held IS NULL AND priority = ? AND (due_at, id) > (?, ?)
    ORDER BY due_at, id LIMIT ?
"""
_HOLD = """
    UPDATE orders SET held = ?, held_why = ?
    WHERE id = ? AND state = 'queued' AND held IS NULL AND COALESCE(approved_at, 0) = ?
"""
_CHANGE = "UPDATE orders SET held = ?, held_why = ? WHERE id = ? AND state = 'queued' AND held = ?"
_FREE = "UPDATE orders SET held = NULL, held_why = NULL WHERE id = ? AND state = 'queued' AND held = ?"
_HELD_AS = "FROM orders WHERE panel = ? AND state = 'queued' AND held = ? AND held IS NOT NULL"
_FIRST = f"{_SELECT} {_HELD_AS.removeprefix('FROM orders ')} LIMIT 1"
_COUNT = f"SELECT COUNT(*) {_HELD_AS}"
_NEXT_PRIORITY = f"SELECT MAX(priority) FROM orders WHERE {_LIMITED} AND priority < ?"
_PAGE = f"{_SELECT} WHERE {_LIMITED} AND priority = ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?"

_LOOK_AGAIN = f"""
    UPDATE orders SET held = NULL, held_why = NULL
    WHERE id = ? AND state = 'queued' AND held IN ({", ".join(f"'{one}'" for one in LIMITED)})
"""


class Place(NamedTuple):
    """The place of a held order in its line: the highest priority first."""

    priority: int
    due_at: int
    id: int


BEGIN = Place(2**31 - 1, -1, 0)
"""The place before all held orders."""


def behind(db: Database, order: Order, count: int) -> list[Order]:
    """Return the orders that are next in line behind one, of its priority."""
    values = order.panel, order.priority, order.due_at or 0, order.id, count
    return [order_of(row) for row in db.sql(_BEHIND, values)]


def hold(db: Database, found: Sequence[tuple[Order, Reached]]) -> None:
    """Hold orders, but not what a person has approved since it was read; in a transaction."""
    db.many(_HOLD, [(str(one.kind), one.why, order.id, order.approved_at or 0) for order, one in found])


def change(db: Database, found: Sequence[tuple[Order, Reached]]) -> None:
    """Hold orders for something else than before; in a transaction."""
    db.many(_CHANGE, [(str(one.kind), one.why, order.id, order.held) for order, one in found])


def free(db: Database, found: Sequence[Order]) -> None:
    """Let orders go on that were held; in a transaction."""
    db.many(_FREE, [(order.id, order.held) for order in found])


def look_again(db: Database, order: Order) -> None:
    """Let an order be compared with the limits anew that a limit held, as another set of them concerns it now."""
    db.many(_LOOK_AGAIN, [(order.id,)])


def page(db: Database, panel: str, after: Place, count: int) -> list[Order]:
    """Return orders that are held by limits, those first that would be sent first; of one priority."""
    for priority, due_at, order_id in _begins(db, panel, after):
        if rows := db.sql(_PAGE, (panel, priority, due_at, order_id, count)):
            return [order_of(row) for row in rows]
    return []


def _begins(db: Database, panel: str, after: Place) -> Iterator[Place]:
    yield after
    priority = db.sql(_NEXT_PRIORITY, (panel, after.priority))[0][0]
    if priority is not None:
        yield Place(priority, -1, 0)


def place_of(order: Order) -> Place:
    """Return where a held order is in its line."""
    return Place(order.priority, order.due_at or 0, order.id)


def kinds(db: Database, panel: str) -> frozenset[Held]:
    """Return the kinds of limits that hold any order of a panel."""
    return frozenset(kind for kind in LIMITED if first(db, panel, kind) is not None)


def first(db: Database, panel: str, kind: Held) -> Order | None:
    """Return an order that is held so; None when none is."""
    found = db.sql(_FIRST, (panel, str(kind)))
    return order_of(found[0]) if found else None


def count(db: Database, panel: str, kind: Held) -> int:
    """Count the orders of a panel that are held so."""
    return int(db.sql(_COUNT, (panel, str(kind)))[0][0])
