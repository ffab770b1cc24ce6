"""Partial indexes with a cheap condition: for each row written, SQLite builds a table of the values of an IN."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
DROP INDEX orders_open;
CREATE INDEX orders_open ON orders (panel, service, link)
    WHERE state = 'submitting' OR state = 'unknown' OR state = 'active';
DROP INDEX orders_held;
CREATE INDEX orders_held ON orders (panel, state) WHERE state = 'submitting' OR state = 'unknown';
DROP INDEX orders_rechecks;
CREATE INDEX orders_rechecks ON orders (panel, due_at) WHERE finished_at IS NOT NULL AND due_at IS NOT NULL
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create them anew."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
