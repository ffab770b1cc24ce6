"""Schemas with all tables in one PostgreSQL server, which one test after the other uses.

To make them anew for each test would be most of what the tests cost on PostgreSQL.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.support.databases import PATIENCE, Server
from tracker.store.database import Database

TEMPLATE = "template"
"""The schema that no test uses: it shows what the migrations leave."""

LARGEST = 2_000_000
"""Bytes of tables up to which a schema is used again; of deleted rows, PostgreSQL keeps the place."""

SHAPE = """
    SELECT md5(string_agg(concat_ws(' ', c.relname, a.attname, a.attnum, a.atttypid, a.attnotnull), ','
                          ORDER BY c.relname, a.attnum))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = %s::regnamespace
"""
SIZE = (
    "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
)
OTHERS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
END_SESSIONS = f"SELECT pg_terminate_backend(pid) {OTHERS}"


class Schemas:
    """A home for databases: a schema with all tables for each folder, until `reclaim`."""

    def __init__(self, server: Server) -> None:
        import psycopg

        self.server = server
        self._connection = psycopg.connect(server.url_of("postgres"), autocommit=True)
        self._connection.execute(
            "SET session_replication_role = replica"
        )  # no triggers while rows are put back
        self._free: list[str] = []
        self._taken: dict[Path, str] = {}
        self._count = 0
        self._make(TEMPLATE)
        self._shape = self._ask(SHAPE, TEMPLATE)
        self._tables = [
            name
            for (name,) in self._connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", (TEMPLATE,)
            )
        ]

    def url(self, folder: Path) -> str:
        """The URL of a folder's schema."""
        if folder not in self._taken:
            for gone in [one for one in self._taken if not one.exists()]:
                self._put_back(self._taken.pop(gone))
            self._taken[folder] = self._free.pop() if self._free else self._another()
        return self.server.url_in(self._taken[folder])

    def reclaim(self) -> None:
        """End the sessions that a test has left, and take back its schemas; one whose shape it changed is not used again."""
        if not self._taken:
            return
        self._end_sessions()
        for name in self._taken.values():
            self._put_back(name)
        self._taken.clear()

    def _end_sessions(self) -> None:
        """End all other sessions; the server's own wait for that looks only ten times a second."""
        self._connection.execute(END_SESSIONS)
        until = time.monotonic() + PATIENCE
        while self._connection.execute(f"SELECT 1 {OTHERS} LIMIT 1").fetchone() is not None:
            assert time.monotonic() < until
            time.sleep(0.002)

    def close(self) -> None:
        """Close the connection, and the server."""
        self._connection.close()
        self.server.close()

    def _put_back(self, name: str) -> None:
        if self._ask(SHAPE, name) == self._shape and self._ask(SIZE, name) < LARGEST:
            self._connection.execute(self._as_made(name))
            self._free.append(name)

    def _another(self) -> str:
        self._count += 1
        return self._make(f"t{self._count}")

    def _make(self, name: str) -> str:
        self._connection.execute(f"CREATE SCHEMA {name}")
        db = Database(self.server.url_in(name))
        db.open()
        db.close()
        return name

    def _as_made(self, name: str) -> str:
        """The statements that put a schema's rows and sequences back to what the migrations left."""
        rows = (
            f"DELETE FROM {name}.{table}; INSERT INTO {name}.{table} SELECT * FROM {TEMPLATE}.{table}"
            for table in self._tables
        )
        ids = f"""
            SELECT setval(format('{name}.%I', sequencename)::regclass, coalesce(last_value, 1), last_value IS NOT NULL)
            FROM pg_sequences WHERE schemaname = '{TEMPLATE}'
        """
        return "; ".join((*rows, ids))

    def _ask(self, query: str, name: str) -> Any:
        found = self._connection.execute(query, (name,)).fetchone()
        assert found is not None
        return found[0]
