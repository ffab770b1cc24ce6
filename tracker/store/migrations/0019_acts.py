"""What people did to a panel or to the alerts, and who they were."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

ACTS = "CREATE TABLE acts (id {id}, at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, panel TEXT)"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table."""
    postgres = isinstance(db, PostgresqlDatabase)
    db.execute_sql(
        ACTS.format(id="BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT")
    )
