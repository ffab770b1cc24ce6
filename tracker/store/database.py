"""Opens the database, runs SQL on it, and turns its errors into plain sentences.

Each thread has its own connection. What differs between SQLite and PostgreSQL is in `engines`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

from tracker.alerts.subscriptions import Subscription
from tracker.lib.imports import import_without
from tracker.lib.late_log import late_logger
from tracker.lib.rate_limit import Bucket
from tracker.store.engines.engine import Engine, Lease, ReplacedFault, StorageFault
from tracker.store.engines.sqlite import Sqlite, sqlite_path
from tracker.store.seen import SeenFile

__all__ = ["Database", "ReplacedFault", "StorageFault"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_ROWS_AT_ONCE = 500
"""Rows in one INSERT of many: each may have 65 values (SQLite takes 32,766 in a statement, PostgreSQL 65,535)."""

_APPLIED = "schema_migration"
"""The table in which the library records which migrations were applied."""


class _Translation:
    """Turns the database library's exceptions into a StorageFault. It keeps nothing, so that one serves all threads.

    A class, because each statement is run in it: a generator takes five times as long.
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        if isinstance(error, self._engine.errors):
            self._engine.reset_broken()
            raise StorageFault(self._engine.sentence(error)) from error
        if isinstance(error, StorageFault):
            self._engine.reset_broken()


class Database:
    """One database, open for this process.

    `subscriptions` say which target gets which alerts, so that alerts are written together with the change that
    causes them. `on_alerts_committed` is called after each commit that wrote alerts.
    """

    def __init__(self, url: str, subscriptions: Sequence[Subscription] = ()) -> None:
        self.engine = _engine(url)
        self.name = self.engine.name
        self.file = self.engine.file
        self.shared = self.engine.shared
        self.for_update = self.engine.for_update
        self.skip_locked = self.engine.skip_locked
        self.subscriptions = tuple(subscriptions)
        self.on_alerts_committed: Callable[[], None] = lambda: None
        file = self.engine.sidecar("")
        #: What a daemon saw of the file last; None where the database is not a file.
        self.last_seen = SeenFile(file) if file is not None else None
        self._db = self.engine.peewee
        self._translation = _Translation(self.engine)

    def open(self) -> None:
        """Connect, and bring the schema up to date; StorageFault when the database cannot be used."""
        with self.translate_errors():
            self.engine.prepare()
            self._db.connect(reuse_if_open=True)
            self._migrate()

    def open_to_read(self) -> bool:
        """Connect so that nothing can be changed; False when there is no database yet. StorageFault as for `open`.

        No file is made and no schema is brought up to date: one of another version cannot be read.
        """
        with self.translate_errors():
            if not self.engine.prepare_to_read():
                return False
            self._db.connect(reuse_if_open=True)
            if not self._db.table_exists(_APPLIED):
                return False
            if not self._is_current():
                _refuse_newer(self._applied() - _ours(), self.name)
                raise StorageFault(
                    f"{self.name} was written by an older tracker, and to look at it must change nothing; "
                    "run `tracker status` first, which brings it up to date"
                )
        return True

    def close(self) -> None:
        """Close this thread's connection."""
        if not self._db.is_closed():
            self._db.close()

    def _migrate(self) -> None:
        if self._is_current():
            return
        self._refuse_foreign()
        with import_without("psycopg"):
            from playhouse.migrations import Runner  # slow to import, and seldom needed

        with self.engine.migrating():
            runner = Runner(self._db, str(_MIGRATIONS))
            _bring_up_to_date(runner, self.name)

    def _refuse_foreign(self) -> None:
        """Raise StorageFault for a file with another program's tables. A schema on a server may hold others too."""
        if self.file is None or self._db.table_exists(_APPLIED):
            return
        if tables := self._db.get_tables():
            raise StorageFault(
                f"{self.name} is another program's database, with a table {tables[0]}; "
                "check `database:` in the config"
            )

    def _is_current(self) -> bool:
        """Tell whether exactly our migrations were applied, without importing what applies them."""
        return self._db.table_exists(_APPLIED) and self._applied() == _ours()

    def _applied(self) -> set[str]:
        """Return the names of the migrations that were applied."""
        return {name for (name,) in self.sql(f"SELECT name FROM {_APPLIED}")}

    # -- transactions ---------------------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block as one durable change: when the block has ended, all of it is on the disk, or nothing.

        Inside another transaction it is a part of that one, and fails with it.
        """
        return self.engine.write_lock if self._db.in_transaction() else self._durable()

    @contextmanager
    def _durable(self) -> Iterator[None]:
        with self.translate_errors(), self.engine.write_lock, self._db.atomic():
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run a block that an exception undoes alone, while the transaction around it continues."""
        with self.translate_errors(), self.engine.write_lock, self._db.atomic():
            yield

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Run a block as one change that a power loss may undo, until the next durable change has ended.

        Only for what can be worked out again from what is on the disk already. Not inside another transaction.
        """
        with self.translate_errors(), self.engine.write_lock, self.engine.unsynced():
            yield

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Run a block as one durable change of very many rows, which are inserted a few thousand at a time."""
        with self.translate_errors(), self.engine.undo_in_memory(), self.transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of a block see the database as it is at the first of them, while others write."""
        with self.translate_errors(), self.engine.snapshot():
            yield

    def lock(self, name: str) -> None:
        """Hold the lock of this name until the transaction ends; wait while another process holds it."""
        with self.translate_errors():
            self.engine.lock(name)

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease]:
        """Try to get the sole right to do something for a block, over all daemons; `holds` tells whether it is held."""
        with self.translate_errors(), self.engine.lease(name) as lease:
            yield lease

    def announce_alerts(self) -> None:
        """Call `on_alerts_committed` once the outermost transaction is on the disk."""
        self._db.after_commit(lambda: self.on_alerts_committed())

    def translate_errors(self) -> AbstractContextManager[None]:
        """Turn the database library's exceptions in a block into a StorageFault."""
        return self._translation

    # -- queries --------------------------------------------------------------------------------------

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a SQL statement with `?` for values, and return its rows; one that writes, inside a transaction."""
        with self._translation:
            return self.engine.rows(statement, values)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows, inside a transaction; the count of rows that it touched."""
        if not (values := list(rows)):
            return 0
        with self._translation:
            return self.engine.many(statement, values)

    def change(self, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Set columns of many rows of a table, inside a transaction.

        Each of `rows` has the values of the columns, and then the id of its row; an id of no row is passed over.
        """
        if values := list(rows):
            with self._translation:
                self.engine.change(table, names, values)

    def insert(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run an INSERT with one `VALUES (…)` for many rows, inside a transaction; the count of rows that it inserted.

        Many rows go into each statement: SQLite makes what the conditions of the indexes need anew for each one,
        which takes longer than to insert a row.
        """
        whole = len(rows) - len(rows) % _ROWS_AT_ONCE
        parts = (rows[begin : begin + _ROWS_AT_ONCE] for begin in range(0, whole, _ROWS_AT_ONCE))
        done = sum(self.many(_at_once(statement), [list(chain.from_iterable(part))]) for part in parts)
        return done + self.many(statement, rows[whole:])

    def checkpoint(self) -> None:
        """Move what is in a log of the database into its file, where it has one."""
        with self.translate_errors():
            self.engine.checkpoint()

    # -- the file, where it is one --------------------------------------------------------------------

    def watch_file(self, advice: str) -> None:
        """Remember which file is open; `advice` is what `refuse_replaced` says of its change, and what to do then.

        This thread's connection stays open, so that SQLite keeps its `-wal`.
        """
        if self.file is not None:
            self.sql("SELECT number FROM epoch")
            self.file.watch(advice)

    def refuse_replaced(self) -> None:
        """Raise ReplacedFault when the watched file is no longer where it was: what is written may never be read."""
        if self.file is not None:
            self.file.refuse_change()

    # -- beside the tables ----------------------------------------------------------------------------

    def bucket(self, panel: str) -> Bucket:
        """Return the token bucket of a panel account that all processes share; the database need not be open."""
        return self.engine.bucket(panel)

    def sidecar(self, suffix: str) -> Path | None:
        """Return the path of a file beside the database; None where the database is not a file."""
        return self.engine.sidecar(suffix)


@lru_cache(maxsize=8)
def _at_once(statement: str) -> str:
    """Return an INSERT of one row as one of many rows."""
    return re.sub(r"(?<=VALUES )(\([^()]*\))", lambda row: ", ".join([row[0]] * _ROWS_AT_ONCE), statement)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:"):
        return Sqlite(sqlite_path(url))
    from tracker.store.engines.postgres import Postgres

    return Postgres(url)


def _bring_up_to_date(runner: Any, name: str) -> None:
    """Apply the migrations that are missing, if another process has not meanwhile; say so where there is data."""
    status = runner.status()
    _refuse_newer([row.name for row in status if row.path is None], name)
    missing = [row.name for row in status if not row.applied]
    is_new, log = len(missing) == len(status), late_logger(__name__)
    for number, step in enumerate(missing, 1):
        if not is_new:
            advice = {"advice": _PATIENCE} if number == 1 else {}
            log.warning("database.upgrading", step=f"{number} of {len(missing)}", what=step, **advice)
        runner.up(step)
    if missing and not is_new:
        log.warning("database.upgraded", database=name)


_PATIENCE = (
    "a newer version brings the database up to date; with a million orders it takes a minute: let it finish"
)


def _ours() -> set[str]:
    """Return the names of all migrations that this version knows."""
    return {file.stem for file in _MIGRATIONS.glob("[0-9]*.py")}


def _refuse_newer(unknown: Iterable[str], name: str) -> None:
    """Raise StorageFault when a newer tracker has written the database: with migrations that we do not know."""
    if unknown := sorted(unknown):
        raise StorageFault(
            f"{name} was written by a newer tracker (it knows {', '.join(unknown)}); "
            "install that version again, or restore a backup"
        )
