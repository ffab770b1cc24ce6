"""Which program queued an order through the gateway, under which ref of its own; and what its orders of a day cost."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE client_orders (
    id {id}, order_id BIGINT NOT NULL UNIQUE REFERENCES orders (id) ON DELETE CASCADE,
    client TEXT NOT NULL, ref TEXT, expected TEXT, at BIGINT NOT NULL
);
CREATE INDEX client_orders_at ON client_orders (client, at);
CREATE TABLE client_days (
    client TEXT NOT NULL PRIMARY KEY, since BIGINT NOT NULL, cost TEXT NOT NULL, orders BIGINT NOT NULL,
    counted_at BIGINT NOT NULL
)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables."""
    postgres = isinstance(db, PostgresqlDatabase)
    numbered = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in STATEMENTS.format(id=numbered).split(";"):
        db.execute_sql(statement)
