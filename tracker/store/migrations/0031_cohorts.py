"""When active orders were checked and are due again, one row for all that are due together."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE cohorts (id {numbered}, panel TEXT NOT NULL, due_at BIGINT NOT NULL, checked_at BIGINT);
ALTER TABLE polls RENAME TO polls_before;
CREATE TABLE polls (
    id {id} PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE, panel TEXT NOT NULL, panel_order_id TEXT NOT NULL,
    service TEXT NOT NULL, since BIGINT NOT NULL, cohort BIGINT NOT NULL REFERENCES cohorts (id), digest BIGINT
);
CREATE TABLE places AS
    SELECT id, MIN(id) OVER (PARTITION BY panel, due_at, checked_at, number) AS cohort FROM (
        SELECT id, panel, due_at, checked_at,
        (ROW_NUMBER() OVER (PARTITION BY panel, due_at, checked_at ORDER BY id) - 1) / 100 AS number FROM polls_before
    ) AS numbered;
INSERT INTO cohorts (id, panel, due_at, checked_at)
    SELECT polls_before.id, panel, due_at, checked_at FROM polls_before JOIN places ON places.id = polls_before.id
    WHERE places.cohort = places.id ORDER BY polls_before.id;
INSERT INTO polls (id, panel, panel_order_id, service, since, cohort, digest)
    SELECT polls_before.id, panel, panel_order_id, service, since, cohort, digest
    FROM polls_before JOIN places ON places.id = polls_before.id ORDER BY polls_before.id;
DROP TABLE places;
DROP TABLE polls_before;
CREATE INDEX cohorts_due ON cohorts (panel, due_at{id_too});
CREATE INDEX polls_cohort ON polls (cohort{id_too})
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the table, filled from the times of the active orders, a hundred to a cohort at most."""
    # In SQLite, a whole number as the key is that of the row itself, which stands in each index anyway.
    names = {"numbered": "INTEGER PRIMARY KEY AUTOINCREMENT", "id": "INTEGER", "id_too": ""}
    on_server = isinstance(db, PostgresqlDatabase)
    if on_server:
        names = {"numbered": "BIGSERIAL PRIMARY KEY", "id": "BIGINT", "id_too": ", id"}
    for statement in STATEMENTS.format(**names).split(";"):
        db.execute_sql(statement)
    if on_server:
        db.execute_sql(
            "SELECT setval(pg_get_serial_sequence('cohorts', 'id'), COALESCE(MAX(id), 0) + 1, false) FROM cohorts"
        )
