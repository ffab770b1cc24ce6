"""What a poll reads and writes of each active order, in a narrow table of its own."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE polls (
    id {id} PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE, panel TEXT NOT NULL, panel_order_id TEXT NOT NULL,
    service TEXT NOT NULL, since BIGINT NOT NULL, due_at BIGINT NOT NULL, checked_at BIGINT, digest BIGINT
);
INSERT INTO polls (id, panel, panel_order_id, service, since, due_at, checked_at)
    SELECT id, panel, panel_order_id, service, COALESCE(submitted_at, created_at), COALESCE(due_at, 0), checked_at
    FROM orders WHERE state = 'active' AND panel_order_id IS NOT NULL ORDER BY id;
CREATE INDEX polls_due ON polls ({place});
DROP INDEX orders_active;
CREATE INDEX orders_still ON orders (panel, service, COALESCE(progressed_at, submitted_at, created_at))
    WHERE state = 'active' AND stuck_at IS NULL
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table with its index, filled from the active orders."""
    # In SQLite, a whole number as the key is that of the row itself, which stands in each index anyway.
    number, place = "INTEGER", "panel, due_at"
    if isinstance(db, PostgresqlDatabase):
        number, place = "BIGINT", "panel, due_at, id"
    for statement in STATEMENTS.format(id=number, place=place).split(";"):
        db.execute_sql(statement)
