"""Indexes for what people look at: rejected orders, the orders of one service, and alerts that were not sent."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE INDEX orders_rejected ON orders (panel, finished_at) WHERE state = 'rejected';
DROP INDEX orders_listed;
CREATE INDEX orders_listed ON orders (panel, state, created_at, id, service);
CREATE INDEX deliveries_unsent ON deliveries (state, id) WHERE state <> 'sent'
"""
"""A list is read by an index that knows the service too: orders of others are passed over without being read."""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the indexes."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
