"""Why nothing is sent after an order's id that does not fit; and highest ids that no `status` has confirmed.

Until now an answer to an `add` was enough to make an id the highest of its account.
"""

from __future__ import annotations

from peewee import Database
from playhouse.migrate import SchemaMigrator

COLUMNS = ("ids_doubt", "answered_id")
ADD = "ALTER TABLE accounts ADD COLUMN {column} TEXT"
UNVERIFIED = """
    SELECT panel FROM accounts WHERE newest_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM orders WHERE orders.panel = accounts.panel AND panel_order_id = newest_id
        AND panel_status IS NULL)
"""
VERIFIED = """
    SELECT panel_order_id FROM orders WHERE panel = {mark} AND panel_order_id IS NOT NULL AND panel_status IS NOT NULL
"""
SET = "UPDATE accounts SET newest_id = {mark} WHERE panel = {mark}"


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Add the columns, and bring each highest id that was never confirmed to what confirmed orders prove."""
    for column in COLUMNS:
        db.execute_sql(ADD.format(column=column))
    for (panel,) in db.execute_sql(UNVERIFIED).fetchall():
        rows = db.execute_sql(VERIFIED.format(mark=db.param), (panel,)).fetchall()
        numbers = [int(one) for (one,) in rows if one.isascii() and one.isdigit() and len(one) <= 100]
        newest = str(max(numbers)) if numbers else None
        db.execute_sql(SET.format(mark=db.param), (newest, panel))
