"""Finds orders: one by name, many by state, and those that are due for a look."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from peewee import fn

from tracker.orders import Order, State
from tracker.store.database import Database
from tracker.store.rows import ORDER_COLUMNS, ORDER_NAMES, order_of
from tracker.store.tables import Attempts, History, Orders
from tracker.times import rfc3339


def by_id(db: Database, order_id: int) -> Order | None:
    """Return the order with this local id."""
    return _one(db, Orders.id == order_id)


def by_ref(db: Database, ref: str) -> Order | None:
    """Return the order with this ref."""
    return _one(db, Orders.ref == ref)


def owner(db: Database, panel: str, panel_order_id: str) -> Order | None:
    """Return the order that has this id at the panel."""
    return _one(db, (Orders.panel == panel) & (Orders.panel_order_id == panel_order_id))


def newest(db: Database) -> Order:
    """Return the order that was queued last."""
    return order_of(db.rows(Orders.select(*ORDER_COLUMNS).order_by(Orders.id.desc()).limit(1).tuples())[0])


def _one(db: Database, where: Any) -> Order | None:
    found = db.row(Orders.select(*ORDER_COLUMNS).where(where).tuples())
    return None if found is None else order_of(found)


def listed(
    db: Database,
    states: Sequence[str] = (),
    panel: str | None = None,
    since: int | None = None,
    limit: int = 100,
) -> Iterator[Order]:
    """Return orders, the newest first; `limit` 0 means all."""
    query = Orders.select(*ORDER_COLUMNS).order_by(Orders.id.desc())
    if states:
        query = query.where(Orders.state.in_(list(states)))
    if panel is not None:
        query = query.where(Orders.panel == panel)
    if since is not None:
        query = query.where(Orders.created_at >= since)
    if limit:
        query = query.limit(limit)
    return (order_of(row) for row in db.rows(query.tuples()))


def counts(db: Database) -> dict[str, dict[str, int]]:
    """Return how many orders each panel has in each state: `{panel: {state: count}}`."""
    query = Orders.select(Orders.panel, Orders.state, fn.COUNT(Orders.id)).group_by(
        Orders.state, Orders.panel
    )
    found: dict[str, dict[str, int]] = {}
    for panel, state, count in db.rows(query.tuples()):
        found.setdefault(panel, {})[state] = count
    return found


def any_in(db: Database, states: Sequence[State], panel: str | None = None) -> bool:
    """Tell whether any order is in one of these states."""
    for state in states:
        where = Orders.state == str(state)
        if panel is not None:
            where &= Orders.panel == panel
        if db.row(Orders.select(Orders.id).where(where).tuples()) is not None:
            return True
    return False


def queued(db: Database, panel: str) -> Iterator[Order]:
    """Return every queued order of a panel."""
    where = (Orders.panel == panel) & (Orders.state == "queued")
    return (order_of(row) for row in db.rows(Orders.select(*ORDER_COLUMNS).where(where).tuples()))


def queued_for(db: Database, panel: str, services: Sequence[str]) -> Iterator[Order]:
    """Return every queued order of a panel for some of its services."""
    wanted = set(services)
    return (order for order in queued(db, panel) if order.service in wanted)


def services_in_use(db: Database, panel: str, since: int) -> set[str]:
    """Return the services of what is queued, and of what was queued since a time."""
    query = "SELECT DISTINCT service FROM orders WHERE panel = ? AND (state = 'queued' OR created_at >= ?)"
    return {service for (service,) in db.sql(query, (panel, since))}


def durations(db: Database, panel: str, service: str) -> list[int]:
    """Return how long the newest completed orders of a service took, in microseconds."""
    query = """
        SELECT finished_at - submitted_at FROM orders WHERE panel = ? AND service = ? AND state = 'completed'
        AND submitted_at IS NOT NULL ORDER BY finished_at DESC LIMIT 200
    """
    return [int(one) for (one,) in db.sql(query, (panel, service))]


def standing(db: Database, order_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the state and the count of attempts of each of these orders."""
    marks = ", ".join("?" * len(order_ids))
    found = db.sql(f"SELECT id, state, attempts FROM orders WHERE id IN ({marks})", order_ids)
    return {order_id: (state, attempts) for order_id, state, attempts in found}


_NEXT_LOOKS = f"""
    SELECT {", ".join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'active'
    AND (due_at <= ? OR checked_at IS NULL OR checked_at <= ?) ORDER BY due_at LIMIT ?
"""


def next_looks(db: Database, panel: str, count: int, now: int, shortest: int) -> list[Order]:
    """Return the active orders whose look is due first, due or not: a call costs the same when it is full.

    What is not due and was looked at less than `shortest` ago is left out: so soon there is nothing new.
    """
    return [order_of(row) for row in db.sql(_NEXT_LOOKS, (panel, now, now - shortest, count))]


def next_look_at(db: Database, panel: str) -> int | None:
    """Return when the next look of a panel is due; None when it has no active order."""
    found = db.sql("SELECT MIN(due_at) FROM orders WHERE panel = ? AND state = 'active'", (panel,))
    return None if found[0][0] is None else int(found[0][0])


def postpone_looks(db: Database, order_ids: Sequence[int], due_at: int) -> None:
    """Set the time of the next look of these orders, and nothing else."""
    with db.transaction():
        rows = [(due_at, order_id) for order_id in order_ids]
        db.many("UPDATE orders SET due_at = ? WHERE id = ? AND state = 'active'", rows)


def was_sent(db: Database, order: Order) -> bool:
    """Tell whether any request for this order may have reached the panel."""
    sent = (Attempts.order == order.id) & (Attempts.begun.is_null() | (Attempts.begun == True))  # noqa: E712
    return db.row(Attempts.select(Attempts.id).where(sent).tuples()) is not None


def history(db: Database, order: Order) -> list[dict[str, Any]]:
    """Return the order's history, oldest first, each as `{at, from, to, why, evidence}`."""
    query = History.select(
        History.at, History.from_state, History.to_state, History.why, History.evidence
    ).where(History.order == order.id)
    rows = db.rows(query.order_by(History.id).tuples())
    first = {"at": rfc3339(order.created_at), "from": None, "to": rows[0][1] if rows else str(order.state)}
    why = "queued" if first["to"] == "queued" else "placed elsewhere, followed from here on"
    moves = [
        {"at": rfc3339(at), "from": was, "to": to, "why": why, "evidence": json.loads(evidence)}
        for at, was, to, why, evidence in rows
    ]
    return [{**first, "why": why, "evidence": {}}, *moves]


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the orders that were finished longest ago, with their history; return how many."""
    old = (
        Orders.select(Orders.id).where(Orders.finished_at < before).order_by(Orders.finished_at).limit(limit)
    )
    return db.write(Orders.delete().where(Orders.id.in_(old)))
