"""What keeps counting, listing and looking flat, however many orders there are."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE INDEX orders_rechecks ON orders (panel, due_at)
    WHERE due_at IS NOT NULL AND state IN ('completed', 'partial', 'canceled', 'failed');
CREATE TABLE tallies (
    panel TEXT NOT NULL, state TEXT NOT NULL, orders BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (panel, state)
);
INSERT INTO tallies (panel, state, orders) SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state;
DROP INDEX orders_state;
CREATE INDEX orders_listed ON orders (panel, state, created_at, id);
CREATE INDEX deliveries_single ON deliveries (target, gathered, id) WHERE state = 'waiting'
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table and the indexes, and count once."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
