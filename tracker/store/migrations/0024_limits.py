"""What is spent by each panel and each tag, and why a queued order is held."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
ALTER TABLE orders ADD COLUMN held_why TEXT;
ALTER TABLE orders ADD COLUMN spent TEXT;
CREATE INDEX orders_limited ON orders (panel, priority, due_at, id)
    WHERE state = 'queued' AND held IN ('max_price', 'price_jump', 'approval', 'spend');
CREATE TABLE spending (
    panel TEXT NOT NULL, tag TEXT NOT NULL, at BIGINT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (panel, tag, at)
);
CREATE INDEX spending_tag ON spending (tag, at)
"""

MONTH = 32 * 24 * 3_600_000_000
"""Microseconds before the newest order for which is counted what was spent: no limit looks further back."""

BUCKET = 15 * 60_000_000

COUNTED = """
    attempts > 0 AND submitted_at >= ? AND COALESCE(charge, expected_charge) IS NOT NULL
    AND state IN ('submitting', 'unknown', 'active', 'completed', 'partial', 'failed')
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns and the table, and count what was spent of late."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
    mark = db.param
    newest = db.execute_sql("SELECT MAX(submitted_at) FROM orders").fetchone()[0]
    since, counted = (newest or 0) - MONTH, COUNTED.replace("?", mark)
    db.execute_sql(f"UPDATE orders SET spent = COALESCE(charge, expected_charge) WHERE {counted}", (since,))
    sums: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for panel, at, spent in db.execute_sql(
        f"SELECT panel, submitted_at, spent FROM orders WHERE {counted}", (since,)
    ).fetchall():
        sums[panel, at // BUCKET * BUCKET] += Decimal(spent)
    for (panel, at), amount in sums.items():
        values = panel, "", at, format(amount, "f")
        db.execute_sql(
            f"INSERT INTO spending (panel, tag, at, amount) VALUES ({', '.join([mark] * 4)})", values
        )
