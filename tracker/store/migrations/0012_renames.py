"""Which names a panel had before, and which process a daemon is.

A file that was imported under a former name is known again, and a daemon that was killed is missed at once.
"""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

RENAMES = "CREATE TABLE renames (old TEXT NOT NULL PRIMARY KEY, new TEXT NOT NULL)"
PROCESS = "ALTER TABLE daemons ADD COLUMN process TEXT"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table and the column."""
    db.execute_sql(RENAMES)
    db.execute_sql(PROCESS)
