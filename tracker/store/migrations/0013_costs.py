"""What a service may be asked for, what an order comes to, and the orders that panels make for one of ours."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
ALTER TABLE services ADD COLUMN refill BOOLEAN;
ALTER TABLE services ADD COLUMN cancel BOOLEAN;
ALTER TABLE services ADD COLUMN dripfeed BOOLEAN;
ALTER TABLE orders ADD COLUMN units BIGINT;
ALTER TABLE orders ADD COLUMN series TEXT;
ALTER TABLE orders ADD COLUMN parts BIGINT;
CREATE INDEX orders_series ON orders (panel) WHERE state = 'active' AND series IS NOT NULL;
CREATE TABLE parts (
    panel TEXT NOT NULL, panel_order_id TEXT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, PRIMARY KEY (panel, panel_order_id)
);
CREATE INDEX parts_order ON parts (order_id)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns, and create the table and the indexes."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
