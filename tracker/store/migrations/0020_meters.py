"""What was measured and counted for monitors and for the page, and up to where the history is counted.

Slot 0 is all since the beginning, by label; another is five minutes, which have no labels.
"""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE meters (
    panel TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, slot BIGINT NOT NULL,
    count BIGINT NOT NULL, total BIGINT NOT NULL, buckets TEXT NOT NULL, PRIMARY KEY (panel, name, slot, label)
);
CREATE INDEX meters_slot ON meters (slot);
CREATE TABLE counted (history_id BIGINT NOT NULL, whole_at BIGINT)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables and the index."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
