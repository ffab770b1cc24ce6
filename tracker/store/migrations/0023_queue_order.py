"""When an order may be sent, before which others, at what price, and the tags that it bears."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
ALTER TABLE orders ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN not_before BIGINT;
ALTER TABLE orders ADD COLUMN expires_at BIGINT;
ALTER TABLE orders ADD COLUMN price TEXT;
ALTER TABLE orders ADD COLUMN approved_at BIGINT;
ALTER TABLE orders ADD COLUMN held TEXT;
DROP INDEX orders_queued;
CREATE INDEX orders_queued ON orders (panel, priority, due_at, id) WHERE state = 'queued' AND held IS NULL;
CREATE INDEX orders_waiting ON orders (panel, held, not_before) WHERE state = 'queued' AND held IS NOT NULL;
CREATE INDEX orders_expiring ON orders (panel, expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE TABLE tags (
    tag TEXT NOT NULL, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, PRIMARY KEY (tag, order_id)
);
CREATE INDEX tags_order ON tags (order_id)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns and the table, and order the queue anew."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
