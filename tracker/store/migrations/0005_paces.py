"""Where the daemons of several machines share the pace of an account; a SQLite queue has a file for it."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

PACES = """
CREATE UNLOGGED TABLE paces (
    panel TEXT NOT NULL PRIMARY KEY, next_at DOUBLE PRECISION NOT NULL, stretch DOUBLE PRECISION NOT NULL
)
"""
"""Not logged: a crash of the server loses one gap, and each call writes here."""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table."""
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql(PACES)
