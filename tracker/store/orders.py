"""Finds orders: one by name, many by state, and those that are due for a look."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tracker.lib.times import rfc3339
from tracker.orders.order import Order, State
from tracker.store import counters
from tracker.store.database import Database
from tracker.store.rows import ON_THE_WAY, ORDER_NAMES, order_of, placeholders

_SELECT = f"SELECT {', '.join(ORDER_NAMES)} FROM orders"
_NEWEST = f"{_SELECT} ORDER BY id DESC LIMIT 1"


def by_id(db: Database, order_id: int) -> Order | None:
    """Return the order with this local id."""
    return _one(db, "id = ?", order_id)


def by_ref(db: Database, ref: str) -> Order | None:
    """Return the order with this ref."""
    return _one(db, "ref = ?", ref)


def owner(db: Database, panel: str, panel_order_id: str) -> Order | None:
    """Return the order that has this id at the panel."""
    return _one(db, "panel = ? AND panel_order_id = ?", panel, panel_order_id)


def newest(db: Database) -> Order:
    """Return the order that was queued last."""
    return order_of(db.sql(_NEWEST)[0])


def _one(db: Database, where: str, *values: Any) -> Order | None:
    found = db.sql(f"{_SELECT} WHERE {where} LIMIT 1", values)
    return order_of(found[0]) if found else None


_LISTED_PAGE = f"""
    {_SELECT} WHERE panel = ? AND state = ? AND created_at >= ?
    AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?
"""
PAGE = 500
"""Orders read at a time, so that a list of any length costs little memory."""

_END_OF_TIME = 2**62


def listed(
    db: Database,
    states: Sequence[str] = (),
    panel: str | None = None,
    since: int | None = None,
    limit: int = 100,
) -> Iterator[Order]:
    """Yield orders as they stood at one moment, the newest first; `limit` 0 means all."""
    with db.snapshot():
        streams = [
            _newest_in(db, one, state, since or 0, min(limit or PAGE, PAGE))
            for one, counted in counters.counts(db).items()
            for state in counted
            if panel in (None, one) and (not states or state in states)
        ]
        merged = heapq.merge(*streams, key=lambda order: (-order.created_at, -order.id))
        yield from islice(merged, limit or None)


def _newest_in(db: Database, panel: str, state: str, since: int, page: int) -> Iterator[Order]:
    created_at, last_id = _END_OF_TIME, 0
    while True:
        rows = db.sql(_LISTED_PAGE, (panel, state, since, created_at, last_id, page))
        found = [order_of(row) for row in rows]
        yield from found
        if len(found) < page:
            return
        created_at, last_id = found[-1].created_at, found[-1].id


def any_in(db: Database, states: Sequence[State], panel: str | None = None) -> bool:
    """Tell whether any order is in one of these states."""
    counted = counters.counts(db)
    return any(state in of_one for one, of_one in counted.items() if panel in (None, one) for state in states)


_QUEUED = f"{_SELECT} WHERE panel = ? AND state = 'queued'"


def queued(db: Database, panel: str) -> Iterator[Order]:
    """Return every queued order of a panel."""
    return (order_of(row) for row in db.sql(_QUEUED, (panel,)))


def queued_for(db: Database, panel: str, services: Sequence[str]) -> Iterator[Order]:
    """Return every queued order of a panel for some of its services."""
    wanted = set(services)
    return (order for order in queued(db, panel) if order.service in wanted)


_QUEUED_SERVICES = "SELECT DISTINCT service FROM orders WHERE panel = ? AND state = 'queued'"
_SERVICE_ON_THE_WAY = f"SELECT 1 FROM orders WHERE panel = ? AND service = ? AND {ON_THE_WAY} LIMIT 1"
_SERVICE_COMPLETED = """
    SELECT 1 FROM orders WHERE panel = ? AND service = ? AND state = 'completed' AND finished_at >= ? LIMIT 1
"""


def services_in_use(db: Database, panel: str, among: Iterable[str], since: int) -> set[str]:
    """Return which of these services have an order that is not over, or one completed since a time."""
    queued = {service for (service,) in db.sql(_QUEUED_SERVICES, (panel,))}
    return {
        one
        for one in among
        if one in queued
        or db.sql(_SERVICE_ON_THE_WAY, (panel, one))
        or db.sql(_SERVICE_COMPLETED, (panel, one, since))
    }


_DURATIONS = """
    SELECT finished_at - submitted_at FROM orders WHERE panel = ? AND service = ? AND state = 'completed'
    AND submitted_at IS NOT NULL ORDER BY finished_at DESC LIMIT 200
"""


def durations(db: Database, panel: str, service: str) -> list[int]:
    """Return how long the newest completed orders of a service took, in microseconds."""
    return [int(one) for (one,) in db.sql(_DURATIONS, (panel, service))]


_STATES_OF = "SELECT id, state, attempts FROM orders WHERE id IN ({ids}) ORDER BY id"


def lock_states(db: Database, order_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the state and the count of attempts of each of these orders, which nobody else moves meanwhile.

    Inside the caller's transaction.
    """
    if not order_ids:
        return {}
    query = _STATES_OF.format(ids=placeholders(len(order_ids))) + db.for_update
    found = db.sql(query, order_ids)
    return {order_id: (state, attempts) for order_id, state, attempts in found}


Cursor = tuple[int, int]
"""Where an order stands among those to be looked at: its `due_at` and its id."""

START: Cursor = (-1, 0)
"""Before all of them."""


def cursor_of(order: Order) -> Cursor:
    """Return where an order stands among those to be looked at."""
    return order.due_at or 0, order.id


_DUE_POLLS = f"""
    {_SELECT} WHERE panel = ? AND state = 'active' AND (due_at, id) > (?, ?)
    AND (due_at <= ? OR checked_at IS NULL OR checked_at <= ?) ORDER BY due_at, id LIMIT ?
"""


def due_polls(
    db: Database, panel: str, count: int, now: int, shortest: int, behind: Cursor = START
) -> list[Order]:
    """Return the active orders whose look is due first, due or not: a call costs the same when it is full.

    What is not due and was looked at less than `shortest` ago is left out: so soon there is nothing new. So is what
    does not stand `behind` a place: it was picked before.
    """
    values = (panel, *behind, now, now - shortest, count)
    return [order_of(row) for row in db.sql(_DUE_POLLS + db.skip_locked, values)]


_RECHECKS = f"""
    {_SELECT} WHERE panel = ? AND due_at <= ? AND finished_at IS NOT NULL
    AND state IN ('completed', 'partial', 'canceled', 'failed') ORDER BY due_at LIMIT ?
"""


def rechecks(db: Database, panel: str, count: int, now: int) -> list[Order]:
    """Return orders that are over and due for another look."""
    return [order_of(row) for row in db.sql(_RECHECKS + db.skip_locked, (panel, now, count))]


_NEXT_POLL_AT = "SELECT MIN(due_at) FROM orders WHERE panel = ? AND state = 'active'"
_POSTPONE_POLL = "UPDATE orders SET due_at = ? WHERE id = ? AND state = 'active'"


def next_poll_at(db: Database, panel: str) -> int | None:
    """Return when the next look of a panel is due; None when it has no active order."""
    found = db.sql(_NEXT_POLL_AT, (panel,))
    return None if found[0][0] is None else int(found[0][0])


def postpone_polls(db: Database, order_ids: Sequence[int], due_at: int) -> None:
    """Set the time of the next look of these orders, and nothing else."""
    with db.transaction():
        db.many(_POSTPONE_POLL, [(due_at, order_id) for order_id in order_ids])


_SENT = "SELECT id FROM attempts WHERE order_id = ? AND (begun IS NULL OR begun) LIMIT 1"
"""An attempt without an answer may have been sent: only a kept answer can prove that it was not."""

_HISTORY = "SELECT at, from_state, to_state, why, evidence FROM history WHERE order_id = ? ORDER BY id"


def was_sent(db: Database, order: Order) -> bool:
    """Tell whether any request for this order may have reached the panel."""
    return bool(db.sql(_SENT, (order.id,)))


def history(db: Database, order: Order) -> list[dict[str, Any]]:
    """Return the order's history, oldest first, each as `{at, from, to, why, evidence}`."""
    rows = db.sql(_HISTORY, (order.id,))
    first = {"at": rfc3339(order.created_at), "from": None, "to": rows[0][1] if rows else str(order.state)}
    why = "queued" if first["to"] == "queued" else "placed elsewhere, followed from here on"
    moves = [
        {"at": rfc3339(at), "from": was, "to": to, "why": why, "evidence": json.loads(evidence)}
        for at, was, to, why, evidence in rows
    ]
    return [{**first, "why": why, "evidence": {}}, *moves]


_FINISHED_BEFORE = "SELECT id, panel, state FROM orders WHERE finished_at < ? ORDER BY finished_at LIMIT ?"
_DELETE = "DELETE FROM orders WHERE id = ?"


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the orders that were finished longest ago, with their history; return how many."""
    with db.transaction():
        gone = db.sql(_FINISHED_BEFORE + db.skip_locked, (before, limit))
        # One by one: to find many ids at once, PostgreSQL would rather read the whole table.
        db.many(_DELETE, [(order_id,) for order_id, _panel, _state in gone])
        counters.move(db, left=((panel, state) for _order_id, panel, state in gone))
    return len(gone)
