"""Keeps which orders of an account the panel has made itself, for a drip-feed or a subscription of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import order_columns, order_of, placeholders

Part = tuple[str, str, int]
"""A panel, the id of the part there, and the local id of the order that it is a part of."""

CHUNK = 500
"""Values in one `IN (…)`."""

_KEEP = """
    INSERT INTO parts (panel, panel_order_id, order_id)
    SELECT CAST(? AS TEXT), CAST(? AS TEXT), id FROM orders WHERE id = ? ON CONFLICT DO NOTHING
"""
_WHOLE_OF = "SELECT order_id FROM parts WHERE panel = ? AND panel_order_id = ?"
_AMONG = "SELECT panel_order_id FROM parts WHERE panel = ? AND panel_order_id IN ({ids})"
_ANY = "SELECT 1 FROM parts WHERE panel = ? LIMIT 1"
_MAKERS = f"""
    SELECT {order_columns()} FROM orders WHERE panel = ? AND state = 'active' AND series IS NOT NULL ORDER BY id
"""
_SUBSCRIBED = "SELECT 1 FROM orders WHERE panel = ? AND state = 'active' AND series = 'posts' LIMIT 1"


def keep(db: Database, parts: Iterable[Part]) -> None:
    """Record parts that a panel has listed, of orders that were not pruned; inside the caller's transaction."""
    db.many(_KEEP, parts)


def whole_of(db: Database, panel: str, panel_order_id: str) -> int | None:
    """Return the local id of the order that the panel's order is a part of; None when it is none."""
    found = db.sql(_WHOLE_OF, (panel, panel_order_id))
    return int(found[0][0]) if found else None


def among(db: Database, panel: str, numbers: Sequence[int]) -> set[int]:
    """Return which of these ids are parts of orders here."""
    found: set[int] = set()
    if not numbers or not db.sql(_ANY, (panel,)):
        return found
    for start in range(0, len(numbers), CHUNK):
        ids = [str(number) for number in numbers[start : start + CHUNK]]
        rows = db.sql(_AMONG.format(ids=placeholders(len(ids))), (panel, *ids))
        found |= {int(one) for (one,) in rows}
    return found


def makers(db: Database, panel: str) -> list[Order]:
    """Return the active orders for which the panel may make more parts at any time."""
    return [order_of(row) for row in db.sql(_MAKERS, (panel,))]


def any_subscribed(db: Database, panel: str) -> bool:
    """Tell whether a subscription is active: it moves the wallet whenever it likes."""
    return bool(db.sql(_SUBSCRIBED, (panel,)))
