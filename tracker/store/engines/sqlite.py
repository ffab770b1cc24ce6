"""SQLite: one file, one daemon.

Writers take turns: SQLite lets one write at a time, and waiting on our own lock is fair and cheap where
SQLite's busy handler sleeps and polls.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tracker.store.engines.engine import Lease, StorageFault
from tracker.store.engines.library import peewee
from tracker.store.engines.sqlite_rate_limit import FileBucket

BUSY_TIMEOUT = 60
"""Seconds to wait for another program's write lock."""

PAGE = 65536
"""Free bytes below which a disk counts as full."""

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


class _Always:
    """A lease of the only daemon: the seat on the file is taken for as long as it runs."""

    def holds(self) -> bool:
        """Tell that it is held."""
        return True


class Sqlite:
    """A SQLite file; see `Engine`."""

    shared = False
    errors: tuple[type[Exception], ...] = (peewee.PeeweeException, sqlite3.Error)
    for_update = ""
    skip_locked = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.write_lock: AbstractContextManager[Any] = threading.RLock()
        self.peewee: Any = peewee.SqliteDatabase(
            str(path),
            pragmas={"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "cache_size": -4096},
            timeout=BUSY_TIMEOUT,
            lock_type="IMMEDIATE",
        )

    def prepare(self) -> None:
        """Create the file, readable by its owner only."""
        _make_private(self.path)

    def migrating(self) -> AbstractContextManager[Any]:
        """Lock the whole file."""
        lock: AbstractContextManager[Any] = self.peewee.atomic("EXCLUSIVE")
        return lock

    def snapshot(self) -> AbstractContextManager[Any]:
        """Read in a transaction of its own; others go on writing."""
        reading: AbstractContextManager[Any] = self.peewee.atomic("DEFERRED")
        return reading

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Run a transaction at whose end only a checkpoint waits for the disk."""
        self.peewee.connection().execute("PRAGMA synchronous = normal")
        try:
            with self.peewee.atomic():
                yield
        finally:
            self._force_again()

    def _force_again(self) -> None:
        try:
            self.peewee.connection().execute("PRAGMA synchronous = full")
        except self.errors:
            self.peewee.close()  # the next connection forces every commit; an intent must be on the disk before its add
            raise

    def placeholders(self, statement: str) -> str:
        """Return the statement as it is."""
        return statement

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows."""
        return int(self.peewee.connection().executemany(statement, rows).rowcount)

    def sentence(self, error: BaseException) -> str:
        """Say what happened; a disk without a free page fails in more ways than SQLite has a name for."""
        told = _sentence(error)
        if told == _SENTENCES["SQLITE_IOERR"] and _free(self.path.parent) < PAGE:
            return _SENTENCES["SQLITE_FULL"]
        return told

    def reset_broken(self) -> None:
        """Do nothing: a file has no connection that breaks."""

    def lock(self, name: str) -> None:
        """Do nothing: a write transaction locks the whole file."""

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease]:
        """Give what the only daemon has anyway."""
        yield _Always()

    def bucket(self, panel: str) -> FileBucket:
        """Return an account's bucket, in a file beside the database."""
        return FileBucket(self.path, panel)

    def sidecar(self, suffix: str) -> Path | None:
        """Return the file of this name beside the database."""
        return Path(f"{self.path}{suffix}")

    def last_id(self, table: str) -> int:
        """Return the highest id that was ever given out in a table."""
        found = self.peewee.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return int(found[0]) if found else 0

    def set_last_id(self, table: str, last: int) -> None:
        """Give out ids above this one."""
        self.peewee.execute_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        self.peewee.execute_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def backup(self, file: Path) -> bool:
        """Write a consistent copy to a file, while others read and write."""
        copy = sqlite3.connect(file)
        try:
            self.peewee.connection().backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
        return True


def sqlite_path(url: str) -> Path:
    """Return the file of a `sqlite:///PATH` URL."""
    return Path(url.removeprefix("sqlite:///"))


def _free(folder: Path) -> int:
    """Return how many bytes a folder's disk has free."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


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
