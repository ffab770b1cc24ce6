"""What is asked of panels about orders that they have, to refill or to cancel them, and the calls that asked it."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE request_calls (
    id {id}, panel TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL, over_at BIGINT NOT NULL, answered_at BIGINT,
    begun BOOLEAN, status INTEGER, headers TEXT, body {blob}, whole BOOLEAN, error TEXT
);
CREATE TABLE requests (
    id {id}, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, panel TEXT NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, who TEXT NOT NULL, at BIGINT NOT NULL, due_at BIGINT,
    attempts INTEGER NOT NULL DEFAULT 0, call_id BIGINT, sent_at BIGINT, answered_at BIGINT, refill_id TEXT,
    panel_status TEXT, why TEXT, checked_at BIGINT, ended_at BIGINT, missing INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX requests_order ON requests (order_id);
CREATE UNIQUE INDEX requests_open ON requests (order_id, kind) WHERE state = 'queued' OR state = 'sending';
CREATE INDEX requests_due ON requests (panel, state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_sent ON requests (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX requests_sending ON requests (panel, call_id) WHERE state = 'sending';
CREATE INDEX requests_call ON requests (call_id) WHERE call_id IS NOT NULL
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables."""
    postgres = isinstance(db, PostgresqlDatabase)
    types = {
        "id": "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT",
        "blob": "BYTEA" if postgres else "BLOB",
    }
    for statement in STATEMENTS.format(**types).split(";"):
        db.execute_sql(statement)
