"""Each run of a daemon gives its database a name, so that no other one is taken for it; and why one is not proven."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE epoch ADD COLUMN run TEXT",
    "ALTER TABLE epoch ADD COLUMN run_before TEXT",
    "ALTER TABLE accounts ADD COLUMN unproven_why TEXT",
)


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
