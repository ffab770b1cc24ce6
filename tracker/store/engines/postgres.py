"""PostgreSQL: one queue for any number of daemons on any number of machines.

Each thread has its own connection. What only one daemon may do at a time is done under a lease: an advisory lock
of a connection, which the server releases when the connection ends, however it ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tracker.lib.rate_limit import Bucket
from tracker.store.engines.engine import File, Lease, StorageFault
from tracker.store.engines.library import peewee
from tracker.store.engines.postgres_lease import AdvisoryLease
from tracker.store.engines.postgres_url import options, public_name

try:
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.types.json import Json, Jsonb
except ImportError:  # the extra is not installed
    psycopg = None  # type: ignore[assignment]

CONNECT_TIMEOUT_S = 10
"""Seconds to wait for a connection."""

SETTINGS = {
    "idle_in_transaction_session_timeout": "0",  # a status call may take as long as `timeout` allows
    "tcp_keepalives_idle": "10",  # so that the server releases the leases of a machine that lost its power
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_KEY = "hashtextextended(current_schema() || ':tracker:' || %s, 0)"

_SENTENCES = {
    "28": "the database server refused the user or the password; check `database:` in the config",
    "3D": "there is no such database on the server; create it, or check `database:` in the config",
    "3F": "there is no such schema in the database; create it, or check `database:` in the config",
    "42501": "the user may not do that in the database; let it create tables, or make it the owner of the tables",
    "25006": "the database is read-only: it is a standby, or a fail-over is under way; tracker tries again",
    "53100": "the database server's disk is full; free some space there, tracker continues automatically",
    "53300": "the database server accepts no more connections; raise max_connections, or stop other programs",
    "40": "two writers blocked each other; tracker tries again automatically",
    "57P": "the database server is stopping or starting; tracker tries again automatically",
    "53200": "the database server has no memory left; stop other programs there",
    "22P05": "the database's encoding cannot hold this text; create a database with ENCODING 'UTF8'",
    "42P01": "its tables are not those of this tracker; check `database:` in the config, or restore a backup",
    "42703": "its tables are not those of this tracker; check `database:` in the config, or restore a backup",
    "55P03": "another program has locked a table of the database; find and stop it",
    "08": "the connection to the database was lost; tracker connects again automatically",
}

UNREACHABLE = (
    "the database server cannot be reached; check that it runs, and check its address in `database:`"
)


_UNOPENED = (
    ("translate host name", "no server has that name; check it in `database:`, and this machine's DNS"),
    ("resolve host", "no server has that name; check it in `database:`, and this machine's DNS"),
    (
        "Connection refused",
        "nothing listens there; check that the server runs, and its address and port in `database:`",
    ),
    (
        "connection option",
        "`database:` has an option that PostgreSQL does not know; remove what follows its ?",
    ),
    (
        "URI query parameter",
        "`database:` has an option that PostgreSQL does not know; remove what follows its ?",
    ),
    ("sslmode", "`sslmode` must be one of disable, allow, prefer, require, verify-ca and verify-full"),
    (
        "root certificate",
        "the file of certificates to trust is not there; check `sslrootcert` in `database:`",
    ),
    (
        "certificate",
        "the server's certificate is not trusted; check `sslmode` and `sslrootcert` in `database:`",
    ),
    ("does not support SSL", "the server has no TLS, and `sslmode` asks for it; change one of them"),
    ("definition of service", "PGSERVICE names a service that is not set up; unset it"),
    ("No such file", "no server listens at that socket; check that it runs, and its folder in `database:`"),
    ("timeout", "the server did not answer in time; check that it runs, and its address in `database:`"),
)
"""What the driver says, which has no code for it, and what it means; the most telling first."""


def _give_peewee_its_driver() -> None:
    """Set in peewee what it would have set itself, had `library` not kept the driver from it."""
    library: Any = peewee
    library.psycopg, library.TransactionStatus = psycopg, TransactionStatus
    library.Json_pg3, library.Jsonb_pg3 = Json, Jsonb
    adapter = library.Psycopg3Adapter
    adapter.txn_idle, adapter.txn_inerror = TransactionStatus.IDLE, TransactionStatus.INERROR
    adapter.txn_unknown = TransactionStatus.UNKNOWN


class _Server(peewee.PostgresqlDatabase):
    """peewee's PostgreSQL, with our settings on each connection."""

    is_read_only = False

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]
        for name, value in SETTINGS.items():
            connection.execute(f"SET {name} = {value}")
        if self.is_read_only:
            connection.execute("SET default_transaction_read_only = on")
        if connection.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            connection.execute("SET synchronous_commit = on")  # an intent must be durable before its add
        return connection


class Postgres:
    """A PostgreSQL database; see `Engine`. StorageFault when the driver is not installed."""

    file: File | None = None
    shared = True
    for_update = " FOR UPDATE"
    skip_locked = " FOR UPDATE SKIP LOCKED"

    def __init__(self, url: str) -> None:
        if psycopg is None:
            raise StorageFault(
                "PostgreSQL needs psycopg, which is not installed: install '.[postgres]' instead of '.'"
            )
        _give_peewee_its_driver()
        self.errors: tuple[type[Exception], ...] = (peewee.PeeweeException, psycopg.Error)
        self.write_lock: AbstractContextManager[Any] = nullcontext()
        self.name = public_name(url)
        self._url = url
        self.peewee: Any = _Server(
            url, prefer_psycopg3=True, connect_timeout=CONNECT_TIMEOUT_S, **options(url)
        )
        self._translated: dict[str, str] = {}

    def prepare(self) -> None:
        """Do nothing: connecting shows whether the server runs."""

    def prepare_to_read(self) -> bool:
        """Let the connections only read."""
        self.peewee.is_read_only = True
        return True

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """Let one process migrate at a time."""
        with self.peewee.atomic():
            self.lock("migrations")
            yield

    def snapshot(self) -> AbstractContextManager[Any]:
        """Read in a transaction that sees one moment; inside another transaction, see what that one sees."""
        reading: AbstractContextManager[Any] = self.peewee.atomic(isolation_level="REPEATABLE READ")
        return reading if self.peewee.transaction_depth() == 0 else nullcontext()

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Run a transaction whose commit does not wait for the disk."""
        with self.peewee.atomic():
            self.peewee.execute_sql("SET LOCAL synchronous_commit = off")
            yield

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement on this thread's connection."""
        with self.peewee.connection().cursor() as cursor:
            cursor.execute(self.placeholders(statement), values)
            return list(cursor.fetchall()) if cursor.description else []

    def undo_in_memory(self) -> AbstractContextManager[Any]:
        """Do nothing: the server keeps what undoes a change among its rows."""
        return nullcontext()

    def placeholders(self, statement: str) -> str:
        """Return the statement with `%s` for each `?`; none of our statements has a `?` for anything else."""
        found = self._translated.get(statement)
        if found is None:
            found = self._translated[statement] = statement.replace("%", "%%").replace("?", "%s")
        return found

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows, sent together."""
        with self.peewee.connection().cursor() as cursor:
            cursor.executemany(self.placeholders(statement), [_storable(row) for row in rows])
            return int(cursor.rowcount)

    def change(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Set columns of many rows in one statement: the server plans, runs and answers each statement for itself.

        The rows go as JSON, of which the server makes rows of the table, so that each value has the type of its column.
        """
        keys = (*names, "id")
        last = {row[-1]: row for row in rows}  # of two for one row, the server would take any
        said = json.dumps([dict(zip(keys, _storable(row), strict=True)) for row in last.values()])
        assigned = ", ".join(f"{name} = said.{name}" for name in names)
        source = f"json_populate_recordset(NULL::{table}, CAST(? AS JSON)) AS said"
        self.rows(f"UPDATE {table} SET {assigned} FROM {source} WHERE {table}.id = said.id", (said,))

    def among(self, ids: Sequence[int]) -> tuple[str, Sequence[Any]]:
        """Name them as one value, so that the statement is the same for any number of them."""
        return "= ANY (CAST(? AS BIGINT[]))", (list(ids),)

    def sentence(self, error: BaseException) -> str:
        """Say what happened, by the server's error code."""
        link: BaseException | None = error
        while link is not None:
            code = getattr(link, "sqlstate", None)
            for known, sentence in _SENTENCES.items():
                if code and code.startswith(known):
                    return f"{self.name}: {sentence}"
            if code is None and isinstance(link, psycopg.OperationalError):
                return f"{self.name}: {_not_connected(str(link))}"
            link = link.__cause__ or link.__context__
        return f"{self.name}: the database refused for a reason that tracker does not know; look at the server's log"

    def reset_broken(self) -> None:
        """Close this thread's connection if the server or the network ended it."""
        server = self.peewee
        if not server.is_closed() and server.transaction_depth() == 0 and server.connection().closed:
            server.close()

    def lock(self, name: str) -> None:
        """Hold an advisory lock until the transaction ends."""
        self.peewee.execute_sql(f"SELECT pg_advisory_xact_lock({_KEY})", (name,))

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease]:
        """Try to take an advisory lock for a block."""
        query = f"SELECT key, pg_try_advisory_lock(key) FROM (SELECT {_KEY} AS key OFFSET 0) AS one"
        key, taken = self.peewee.execute_sql(query, (name,)).fetchone()
        lock = AdvisoryLease(self.peewee, key if taken else None, self.errors)
        try:
            yield lock
        finally:
            if lock.holds():
                self.peewee.execute_sql("SELECT pg_advisory_unlock(%s)", (key,))

    def checkpoint(self) -> None:
        """Do nothing: the server does it by itself."""

    def bucket(self, panel: str) -> Bucket:
        """Return an account's bucket, which is a row of `paces`."""
        from tracker.store.engines.postgres_rate_limit import BoundedBucket, RowBucket  # it needs the driver

        return BoundedBucket(RowBucket(self._url, panel))

    def sidecar(self, suffix: str) -> Path | None:
        """Return None: the database is not a file."""
        return None

    def last_id(self, table: str) -> int:
        """Return the highest id that a table ever used."""
        query = f"SELECT COALESCE((SELECT last_value FROM {table}_id_seq WHERE is_called), 0)"
        return int(self.peewee.execute_sql(query).fetchone()[0])

    def set_last_id(self, table: str, last: int) -> None:
        """Let new rows of a table have ids above this one."""
        if last:
            self.peewee.execute_sql("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, last))

    def backup(self, file: Path) -> bool:
        """Return False: the rows must be copied one by one."""
        return False


def _not_connected(message: str) -> str:
    """Say why there is no connection, by the driver's message: it has no code for most causes."""
    if "password authentication failed" in message or "no password supplied" in message:
        return _SENTENCES["28"]
    if "does not exist" in message:
        return _SENTENCES["3D"] if "database" in message else _SENTENCES["28"]
    if "read-only" in message:
        return _SENTENCES["25006"]
    if "starting up" in message or "shutting down" in message:
        return _SENTENCES["57P"]
    if "too many" in message or "remaining connection slots" in message:
        return _SENTENCES["53300"]
    return next((sentence for part, sentence in _UNOPENED if part in message), UNREACHABLE)


def _storable(row: Sequence[Any]) -> Sequence[Any]:
    """Return values with U+FFFD for each NUL, the one character that PostgreSQL cannot store in a text."""
    if any(type(value) is str and "\0" in value for value in row):
        return [value.replace("\0", "\ufffd") if type(value) is str else value for value in row]
    return row
