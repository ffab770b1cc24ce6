"""How a command asks a running daemon to read its config again, and what the daemon answers, as JSON."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

COLUMNS = (
    "reload_asked BIGINT NOT NULL DEFAULT 0",
    "reload_answered BIGINT NOT NULL DEFAULT 0",
    "reload_answer TEXT",
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns."""
    for column in COLUMNS:
        db.execute_sql(f"ALTER TABLE daemons ADD COLUMN {column}")
