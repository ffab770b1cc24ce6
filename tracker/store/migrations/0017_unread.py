"""What a panel writes in its catalogue and cannot be read, as JSON: our name of each figure -> its text."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

UNREAD = "ALTER TABLE services ADD COLUMN unread TEXT"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the column."""
    db.execute_sql(UNREAD)
