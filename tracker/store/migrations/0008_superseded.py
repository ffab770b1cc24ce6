"""A delivery that the end of its incident makes needless is called superseded; it was called folded."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

RENAME = "UPDATE deliveries SET state = 'superseded' WHERE state = 'folded'"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Rename the state."""
    db.execute_sql(RENAME)
