"""Reads how the states of orders changed, and why."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tracker.orders.order import Order
from tracker.store import clients
from tracker.store.database import Database

_HISTORY = "SELECT at, from_state, to_state, why, evidence FROM history WHERE order_id = ? ORDER BY id"


class StateChange(NamedTuple):
    """One entry of an order's history; for the first, when it was queued, `before` is None.

    The first also has no `why`, but where a client queued the order through the gateway: its evidence names both.
    """

    at: int
    before: str | None
    after: str
    why: str | None
    evidence: dict[str, Any]


def changes_of(db: Database, order: Order) -> list[StateChange]:
    """Return every change of an order's state, oldest first."""
    changes = [
        StateChange(at, before, after, why, json.loads(facts))
        for at, before, after, why, facts in db.sql(_HISTORY, (order.id,))
    ]
    first = changes[0].before if changes else None
    made = clients.of_orders(db, [order.id]).get(order.id)
    why = None if made is None else f"queued by the client {made.client}"
    facts = {} if made is None else {"client": made.client, "client_ref": made.ref}
    return [StateChange(order.created_at, None, first or str(order.state), why, facts), *changes]


_NEWEST_CHANGES = "SELECT order_id, at, from_state, to_state, why FROM history ORDER BY id DESC LIMIT ?"


class OrderChanged(NamedTuple):
    """One change of the state of some order."""

    order_id: int
    at: int
    before: str | None
    after: str
    why: str | None


def newest(db: Database, count: int) -> list[OrderChanged]:
    """Return the newest changes of any orders' states, the newest first."""
    return [OrderChanged(*row) for row in db.sql(_NEWEST_CHANGES, (count,))]
