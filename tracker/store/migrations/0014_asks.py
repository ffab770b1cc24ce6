"""The idempotency key of each attempt, what tells its request from another, and each time that it was asked again."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
ALTER TABLE attempts ADD COLUMN request_key TEXT;
ALTER TABLE attempts ADD COLUMN request_digest TEXT;
CREATE TABLE asks (
    id {id}, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, attempt_id BIGINT NOT NULL,
    at BIGINT NOT NULL, over_at BIGINT NOT NULL, answered_at BIGINT, begun BOOLEAN, status INTEGER, headers TEXT,
    body {blob}, whole BOOLEAN, error TEXT, outcome TEXT
);
CREATE INDEX asks_order ON asks (order_id)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns and the table."""
    postgres = isinstance(db, PostgresqlDatabase)
    types = {
        "id": "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT",
        "blob": "BYTEA" if postgres else "BLOB",
    }
    for statement in STATEMENTS.format(**types).split(";"):
        db.execute_sql(statement)
