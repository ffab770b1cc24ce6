"""The tables that a copy is made of are those that the migrations have made, on both databases."""

from __future__ import annotations

from pathlib import Path

from tests.support.samples import a_database
from tracker.store.database import Database
from tracker.store.tables import PLACE, POSTGRESQL_ONLY, PROCESSES, QUEUE, Table

LIBRARYS_OWN = {"schema_migration", "sqlite_sequence"}
"""Tables that the libraries keep for themselves."""

SQLITE_COLUMNS = """
    SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
"""
POSTGRESQL_COLUMNS = """
    SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()
"""


def made(db: Database) -> dict[str, dict[str, str]]:
    """The type of each column of each table, as the database has it."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in db.sql(POSTGRESQL_COLUMNS if db.shared else SQLITE_COLUMNS):
        found.setdefault(table, {})[column] = kind.upper()
    return {table: columns for table, columns in found.items() if table not in LIBRARYS_OWN}


def declared(db: Database) -> dict[str, Table]:
    tables = (*QUEUE, *PLACE, *PROCESSES, *(POSTGRESQL_ONLY if db.shared else ()))
    return {table.name: table for table in tables}


def test_every_table_and_column_of_the_newest_schema_is_declared(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    columns = {name: sorted(table.columns) for name, table in declared(db).items()}

    assert columns == {name: sorted(columns) for name, columns in made(db).items()}


def test_the_declared_booleans_are_those_of_the_schema(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    found = {
        name: {column for column, kind in columns.items() if kind == "BOOLEAN"}
        for name, columns in made(db).items()
    }

    assert {name: set(table.booleans) for name, table in declared(db).items()} == found


def test_a_table_is_copied_after_those_that_it_refers_to() -> None:
    names = [table.name for table in QUEUE]

    for after in ("history", "attempts", "looks", "asks"):
        assert names.index("orders") < names.index(after)
    assert names.index("alerts") < names.index("deliveries")
