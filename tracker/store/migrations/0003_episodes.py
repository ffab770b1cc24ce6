"""What lasts: episodes of conditions, orders that stand still, and the breaker of each alert target."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE episodes (
    id {id}, event TEXT NOT NULL, panel TEXT NOT NULL, order_id BIGINT NOT NULL DEFAULT 0,
    raised_at BIGINT NOT NULL, calm_at BIGINT, ended_at BIGINT, returns INTEGER NOT NULL DEFAULT 0,
    facts TEXT NOT NULL, ending TEXT
);
CREATE TABLE targets (
    target TEXT NOT NULL PRIMARY KEY, failures INTEGER NOT NULL DEFAULT 0, held_until BIGINT NOT NULL DEFAULT 0,
    told_dead BOOLEAN NOT NULL DEFAULT FALSE
);
ALTER TABLE accounts ADD COLUMN forecast_at BIGINT;
ALTER TABLE alerts ADD COLUMN episode_id BIGINT;
ALTER TABLE orders ADD COLUMN progressed_at BIGINT;
ALTER TABLE orders ADD COLUMN stuck_at BIGINT;
CREATE UNIQUE INDEX episodes_open ON episodes (event, panel, order_id) WHERE ended_at IS NULL;
CREATE INDEX episodes_ended ON episodes (event, panel, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX alerts_episode ON alerts (episode_id) WHERE episode_id IS NOT NULL;
CREATE INDEX orders_completed ON orders (panel, service, finished_at) WHERE state = 'completed'
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables, columns and indexes."""
    postgres = isinstance(db, PostgresqlDatabase)
    key = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in STATEMENTS.format(id=key).split(";"):
        db.execute_sql(statement)
