"""When the pace of an account was last used: it tells a moment far ahead from one of a clock that was set back."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

AT = "ALTER TABLE paces ADD COLUMN at DOUBLE PRECISION NOT NULL DEFAULT 0"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the column."""
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql(AT)
