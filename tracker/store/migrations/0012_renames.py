"""Which names a panel had before: a file that was imported under one of them is known again."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

RENAMES = "CREATE TABLE renames (old TEXT NOT NULL PRIMARY KEY, new TEXT NOT NULL)"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table."""
    db.execute_sql(RENAMES)
