"""A database that may have been put back is compared with the panel before anything is sent from it."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

UNPROVEN = "ALTER TABLE accounts ADD COLUMN unproven_at BIGINT"
WHY = "ALTER TABLE accounts ADD COLUMN restored_why TEXT"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns."""
    db.execute_sql(UNPROVEN)
    db.execute_sql(WHY)
