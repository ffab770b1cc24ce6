"""Values that many tests start from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support import databases
from tracker.alerts.subscriptions import Subscription
from tracker.orders.change import Intent, OrderChange
from tracker.orders.cohorts import SIZE
from tracker.orders.order import Draft, Order, State
from tracker.orders.submission import before_add
from tracker.store import attempts, orders, pruned, queue
from tracker.store.database import Database
from tracker.store.uptime import Horizon

opened: list[Database] = []
"""What a test has opened, to be closed after it."""

NOW = 1_790_000_000_000_000

_FIRST = 10**9
_BY_HAND = f"""
    SELECT *, (ROW_NUMBER() OVER (PARTITION BY panel, due_at, checked_at ORDER BY id) - 1) / {SIZE} AS number
    FROM orders WHERE state = 'active' AND panel_order_id IS NOT NULL AND id NOT IN (SELECT id FROM polls)
"""
FOLLOW = f"""
    INSERT INTO cohorts (id, panel, due_at, checked_at)
    SELECT {_FIRST} + MIN(id), panel, COALESCE(due_at, 0), checked_at FROM ({_BY_HAND}) AS by_hand
    GROUP BY panel, due_at, checked_at, number;
    INSERT INTO polls (id, panel, panel_order_id, service, since, cohort)
    SELECT id, panel, panel_order_id, service, COALESCE(submitted_at, created_at),
    {_FIRST} + MIN(id) OVER (PARTITION BY panel, due_at, checked_at, number) FROM ({_BY_HAND}) AS by_hand
"""
"""Has the active orders polled that a test has written by hand, those together that are due together; two statements."""


def follow(db: Database) -> None:
    """Have the active orders polled that a test has written by hand; in a transaction."""
    for statement in FOLLOW.split(";"):
        db.sql(statement)


def an_order(**values: Any) -> Order:
    """An order as it is in the queue, with any of its values changed."""
    fresh: dict[str, Any] = {
        "id": 7, "panel": "p", "service": "4", "link": "https://x.example/a", "quantity": 100, "comments": None,
        "fields": {}, "ref": "r-7", "state": State.QUEUED, "created_at": NOW, "due_at": NOW,
    }  # fmt: skip
    return Order(**{**fresh, **values})


def an_intent(**values: Any) -> Intent:
    """An intent with everything known, with any of its values changed."""
    known: dict[str, Any] = {
        "at": NOW, "expected_charge": Decimal("3000"), "balance": Decimal("5000"), "balance_at": NOW - 1,
        "newest_id": "103",
    }  # fmt: skip
    return Intent(**{**known, **values})


def claim_for_add(
    db: Database, order: Order, intent: Intent | None = None, currency: str | None = None
) -> tuple[OrderChange, int] | None:
    """Record the intent to send an order, as the submit pass does."""
    intent = intent or an_intent()
    return attempts.claim(db, before_add(order, intent, currency), intent)


def a_draft(link: str = "https://x.example/a", **values: Any) -> Draft:
    """A draft that every practice panel takes."""
    return Draft(**{"panel": "p", "service": "4", "link": link, "quantity": 100, **values})


def a_database(folder: Path, *subscriptions: Subscription) -> Database:
    """A real database of a folder, open."""
    db = Database(databases.url_with_tables(folder), subscriptions)
    db.open()
    opened.append(db)
    return db


def enqueued(db: Database, *drafts: Draft, now: int = NOW) -> list[Order]:
    """Queue drafts and return the orders they became, oldest first."""
    queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now)
    return list(orders.listed(db, limit=len(drafts)))[::-1]


def prune_orders(db: Database, before: int, limit: int = 500) -> int:
    """Prune what ended before a time, as after years of running; return how many orders that were."""
    return pruned.prune(db, Horizon(before, 2**62, 0), limit, before)
