"""When ids were asked about, and how far each lost order is settled, both told by the attempts of that time.

Of the denials and the strangers from before this it is not known when they were: they rule out no order.
"""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

PROBES = ("seen_by", "denied_past")
ATTEMPTS = {"settled_by": "BIGINT", "uncharged": "TEXT", "clear_at": "BIGINT", "absent_at": "BIGINT"}


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns."""
    for column in PROBES:
        db.execute_sql(f"ALTER TABLE probes ADD COLUMN {column} BIGINT")
    for column, kind in ATTEMPTS.items():
        db.execute_sql(f"ALTER TABLE attempts ADD COLUMN {column} {kind}")
