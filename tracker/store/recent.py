"""What happened of late: orders that were sent, and orders that were rejected."""

from __future__ import annotations

from decimal import Decimal

from tracker.lib import money
from tracker.orders.order import Order, State
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of

_NEWEST_ATTEMPTS = """
    SELECT a.id, a.at, o.id, o.panel, o.state, COALESCE(o.charge, o.expected_charge)
    FROM attempts a JOIN orders o ON o.id = a.order_id WHERE a.id < ? ORDER BY a.id DESC LIMIT ?
"""
"""Attempts are read by their ids, from the newest on: their times have no index."""

_REJECTED = f"""
    SELECT {", ".join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'rejected' AND finished_at >= ?
    ORDER BY finished_at DESC LIMIT ?
"""
_COUNT_REJECTED = "SELECT COUNT(*) FROM orders WHERE panel = ? AND state = 'rejected' AND finished_at >= ?"

PAGE = 200
"""Attempts read at a time."""

MOST = 2000
"""Attempts that are looked at: more than an account sends between two readings of its wallet."""

_LAST_ID = 2**62

_NOT_CHARGED = frozenset({State.QUEUED, State.REJECTED, State.DROPPED})


def charges(db: Database, panel: str, since: int) -> list[Decimal | None]:
    """Return what each order of a panel costs whose `add` was begun since then, where that is known.

    Without those that surely were not charged.
    """
    found: dict[int, Decimal | None] = {}
    before = _LAST_ID
    for _ in range(MOST // PAGE):
        rows = db.sql(_NEWEST_ATTEMPTS, (before, PAGE))
        for attempt_id, at, order_id, of_panel, state, charge in rows:
            before = attempt_id
            if at <= since:
                return list(found.values())
            if of_panel == panel and state not in _NOT_CHARGED:
                found[order_id] = money.read(charge)
        if len(rows) < PAGE:
            break
    return list(found.values())


def rejected(db: Database, panel: str, since: int, limit: int = 3) -> tuple[list[Order], int]:
    """Return the newest orders of a panel that were rejected since then, and how many there were."""
    count = int(db.sql(_COUNT_REJECTED, (panel, since))[0][0])
    rows = db.sql(_REJECTED, (panel, since, limit)) if count else []
    return [order_of(row) for row in rows], count


_TOOK = """
    SELECT service, finished_at - submitted_at FROM (
        SELECT panel, service, state, submitted_at, finished_at, series FROM orders WHERE finished_at IS NOT NULL
        ORDER BY finished_at DESC LIMIT ?
    ) AS newest
    WHERE panel = ? AND state = 'completed' AND submitted_at <= finished_at AND series IS NULL
"""


def durations(db: Database, panel: str, newest: int) -> dict[str, list[int]]:
    """Return how long orders of each service took, in microseconds: those among the newest finished ones of all."""
    found: dict[str, list[int]] = {}
    for service, took in db.sql(_TOOK, (newest, panel)):
        found.setdefault(service, []).append(took)
    return found
