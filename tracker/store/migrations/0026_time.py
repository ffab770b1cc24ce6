"""The tags of an order beside its other values, how many orders of a tag are in which state, and recurring orders."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATES = (
    "queued", "submitting", "unknown", "active", "completed", "partial", "canceled", "failed", "rejected", "dropped",
)  # fmt: skip

STATEMENTS = f"""
ALTER TABLE orders ADD COLUMN tags TEXT;
CREATE TABLE tag_tallies (tag TEXT PRIMARY KEY, {", ".join(f"{one} BIGINT NOT NULL DEFAULT 0" for one in STATES)});
CREATE TABLE paused_tags (tag TEXT PRIMARY KEY, at BIGINT NOT NULL);
CREATE TABLE recurring (name TEXT PRIMARY KEY, panel TEXT NOT NULL, rule TEXT NOT NULL, added_at BIGINT NOT NULL);
CREATE TABLE occurrences (name TEXT PRIMARY KEY, at BIGINT NOT NULL, ref TEXT)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the column and the tables."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
