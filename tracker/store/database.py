"""Opens the database and runs queries on it; turns its faults into plain sentences.

Every thread has a connection of its own. Writers take turns: SQLite lets one write at a time, and waiting
on our own lock is fair and cheap where SQLite's busy handler sleeps and polls.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.migrations import Runner

from tracker.events import Subscription

BUSY_TIMEOUT = 60
"""Seconds to wait for another program's write lock."""

PAGE = 65536
"""Free bytes below which a disk counts as full."""

_MIGRATIONS = Path(__file__).parent / "migrations"

_SENTENCES = {
    "SQLITE_FULL": "the disk is full; free some space, tracker goes on by itself",
    "SQLITE_IOERR": "the disk failed to read or write; check it (dmesg) before anything else",
    "SQLITE_READONLY": "the database may not be written; check the owner and mode of the file and its folder",
    "SQLITE_CORRUPT": "the database is damaged; stop tracker and restore a backup",
    "SQLITE_NOTADB": "the file is not a tracker database; check `database:` in the config",
    "SQLITE_CANTOPEN": "the database cannot be opened; check that its folder exists and may be written",
    "SQLITE_BUSY": f"another program has kept the database locked for {BUSY_TIMEOUT} s; find and stop it",
    "SQLITE_LOCKED": "another program keeps the database locked; find and stop it",
}


class StorageFault(Exception):
    """The database could not do what was asked; the text says what happened and what to do."""


class Database:
    """One database, open for this process.

    `subscriptions` tell which targets hear of what, so that alerts are written with the change that
    causes them. `posted` is called after each commit that wrote alerts.
    """

    def __init__(self, url: str, subscriptions: Sequence[Subscription] = ()) -> None:
        self.path = sqlite_path(url)
        self.subscriptions = tuple(subscriptions)
        self.posted: Callable[[], None] = lambda: None
        self._writing = threading.RLock()
        self._db = peewee.SqliteDatabase(
            str(self.path),
            pragmas={"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -4096},
            timeout=BUSY_TIMEOUT,
            lock_type="IMMEDIATE",
        )

    def open(self) -> None:
        """Create the file if need be, and bring its schema up to date; StorageFault when it cannot be used."""
        with self.faults():
            _make_private(self.path)
            self._db.connect(reuse_if_open=True)
            self._migrate()

    def close(self) -> None:
        """Close this thread's connection."""
        if not self._db.is_closed():
            self._db.close()

    def backup(self, file: Path) -> None:
        """Write a consistent copy to a file, while others read and write; in place only once it is whole."""
        part = file.with_name(f".{file.name}.part")
        with self.faults():
            part.unlink(missing_ok=True)
            _make_private(part)
            copy = sqlite3.connect(part)
            try:
                self._db.connection().backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
                copy.execute("DELETE FROM epoch")
                copy.execute("INSERT INTO epoch VALUES (-1)")  # see `store.epoch`: a copy is noticed as one
                copy.commit()
            finally:
                copy.close()
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)

    def _migrate(self) -> None:
        runner = Runner(self._db, str(_MIGRATIONS))
        status = runner.status()
        unknown = [row.name for row in status if row.path is None]
        if unknown:
            raise StorageFault(
                f"{self.path} was written by a newer tracker (it knows {', '.join(unknown)}); "
                "install that version again, or restore a backup"
            )
        if all(row.applied for row in status):
            return
        with self._db.atomic("EXCLUSIVE"):
            runner.up()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as one durable change: all of it is on the disk when the block has ended, or nothing is."""
        with self.faults(), self._writing, self._db.atomic():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See the database in a block as it stands at the block's first read, while others write."""
        with self.faults(), self._db.atomic("DEFERRED"):
            yield

    def announce(self) -> None:
        """Call `posted` once the outermost transaction is on the disk."""
        self._db.after_commit(lambda: self.posted())

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn the database library's exceptions into a StorageFault."""
        try:
            yield
        except (peewee.PeeweeException, sqlite3.Error) as error:
            raise StorageFault(self._sentence(error)) from error

    def _sentence(self, error: BaseException) -> str:
        """Say what happened; a disk without a free page fails in more ways than SQLite has a name for."""
        told = _sentence(error)
        if told == _SENTENCES["SQLITE_IOERR"] and shutil.disk_usage(self.path.parent).free < PAGE:
            return _SENTENCES["SQLITE_FULL"]
        return told

    def rows(self, query: Any) -> list[Any]:
        """Run a peewee query and return its rows."""
        with self.faults():
            return list(query.execute(self._db))

    def row(self, query: Any) -> Any | None:
        """Run a peewee query and return its first row, or None."""
        found = self.rows(query.limit(1))
        return found[0] if found else None

    def write(self, query: Any) -> int:
        """Run an INSERT, UPDATE or DELETE: the new id, or the count of rows."""
        with self.faults(), self._writing:
            return int(query.execute(self._db))

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a SQL statement with `?` for values, and return its rows."""
        with self.faults():
            return list(self._db.execute_sql(statement, values).fetchall())

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows, inside a transaction; the count of rows that it touched."""
        if not (values := list(rows)):
            return 0
        with self.faults():
            cursor = self._db.connection().executemany(statement, values)
            return int(cursor.rowcount)


def sqlite_path(url: str) -> Path:
    """Return the file of a `sqlite:///PATH` URL."""
    return Path(url.removeprefix("sqlite:///"))


def _make_private(path: Path) -> None:
    """Create the file readable by its owner only; SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageFault(
            f"{path}: {error.strerror}; check `database:` in the config, and the folder's owner"
        ) from None


def _sentence(error: BaseException) -> str:
    """Find SQLite's own name for the fault: the library's later faults hide the first one behind them."""
    link: BaseException | None = error
    while link is not None:
        name = getattr(link, "sqlite_errorname", "")
        for known, sentence in _SENTENCES.items():
            if name.startswith(known):
                return sentence
        link = link.__cause__ or link.__context__
    return f"the database refused: {error}"
