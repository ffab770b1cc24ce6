"""The evidence about lost orders: what each look found, which ids were denied, and what the wallet should hold."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE looks (
    id {id}, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, at BIGINT NOT NULL,
    ruling TEXT NOT NULL, reasons TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE probes (
    panel TEXT NOT NULL, number BIGINT NOT NULL, denials INTEGER NOT NULL DEFAULT 0,
    seen TEXT NOT NULL DEFAULT 'denied', PRIMARY KEY (panel, number)
);
CREATE TABLE epoch (number BIGINT NOT NULL);
ALTER TABLE accounts ADD COLUMN spent TEXT;
ALTER TABLE accounts ADD COLUMN mark TEXT;
ALTER TABLE accounts ADD COLUMN base TEXT;
ALTER TABLE accounts ADD COLUMN odd_at BIGINT;
ALTER TABLE accounts ADD COLUMN doubt TEXT;
ALTER TABLE accounts ADD COLUMN restored_at BIGINT;
ALTER TABLE attempts ADD COLUMN mark TEXT;
CREATE INDEX looks_order ON looks (order_id);
CREATE INDEX orders_submitted ON orders (panel, submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX history_unknown ON history (at) WHERE from_state = 'unknown'
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables, columns and indexes."""
    postgres = isinstance(db, PostgresqlDatabase)
    key = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in STATEMENTS.format(id=key).split(";"):
        db.execute_sql(statement)
