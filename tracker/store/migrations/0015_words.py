"""Words that nobody listed: the orders that a panel answers about in such, and the charge of one refused in such."""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE INDEX orders_words ON orders (panel, last_error) WHERE state = 'active' AND last_error IS NOT NULL;
ALTER TABLE accounts ADD COLUMN suspect_charge TEXT;
ALTER TABLE accounts ADD COLUMN suspect_at BIGINT
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the index and the columns."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
