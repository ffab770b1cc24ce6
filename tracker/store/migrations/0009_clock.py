"""What does not rest on the wall clock: how long daemons ran, and the names of the orders that were pruned."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE uptime (
    ran BIGINT NOT NULL, beat_at BIGINT NOT NULL, stepped_at BIGINT, step BIGINT, stepped_ran BIGINT
);
CREATE TABLE days (number BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, history_id BIGINT NOT NULL);
CREATE TABLE pruned_names (
    id {id}, kind TEXT NOT NULL, name TEXT NOT NULL, order_id BIGINT NOT NULL, state TEXT NOT NULL,
    content TEXT NOT NULL, finished_at BIGINT, pruned_at BIGINT NOT NULL, day BIGINT NOT NULL
);
CREATE UNIQUE INDEX pruned_names_name ON pruned_names (kind, name);
CREATE INDEX pruned_names_day ON pruned_names (day)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables and their indexes."""
    postgres = isinstance(db, PostgresqlDatabase)
    key = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in STATEMENTS.format(id=key).split(";"):
        db.execute_sql(statement)
