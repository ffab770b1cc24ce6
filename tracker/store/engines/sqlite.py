"""SQLite: one file, one daemon.

Threads write one after the other, because SQLite allows one writer at a time. They wait for a lock of this process,
which is fair and cheap; SQLite's own busy handler sleeps and polls.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tracker.lib.owners import whose_sentence
from tracker.store.engines.engine import File, Lease, StorageFault
from tracker.store.engines.library import peewee
from tracker.store.engines.sqlite_file import DatabaseFile
from tracker.store.engines.sqlite_rate_limit import FileBucket

BUSY_TIMEOUT_S = 60
"""Seconds to wait for another program's write lock."""

CACHE_KIB = 1024
"""KiB of the file that each thread keeps in memory, beside what the system keeps for all of them."""
CHECKPOINT_TIMEOUT_MS = 1000
"""Milliseconds to wait for other programs that read, before what they need is moved."""

PAGE = 65536
"""With fewer free bytes, a disk counts as full."""

_SENTENCES = {
    "SQLITE_FULL": "the disk is full; free some space, tracker continues automatically",
    "SQLITE_IOERR": "reading or writing the disk failed; check the disk (dmesg) before anything else",
    "SQLITE_READONLY": "the database cannot be written; check the owner and mode of the file and its folder",
    "SQLITE_CORRUPT": "the database is damaged; stop tracker and restore a backup",
    "SQLITE_NOTADB": "the file is not a tracker database; check `database:` in the config",
    "SQLITE_CANTOPEN": "the database cannot be opened; check that its folder exists and can be written",
    "SQLITE_BUSY": f"another program has kept the database locked for {BUSY_TIMEOUT_S} s; find and stop it",
    "SQLITE_LOCKED": "another program has locked the database; find and stop it",
    "SQLITE_PERM": "the database cannot be used; check the owner and mode of the file and its folder",
    "SQLITE_NOMEM": "this machine has no memory left; close other programs",
    "SQLITE_SCHEMA": "its tables were changed by another program; restore a backup",
    "SQLITE_TOOBIG": "a text is too long for the database; shorten it",
}


OTHER_TABLES = (
    "its tables are not those of this tracker; check `database:` in the config, or restore a backup"
)


class _Connections(peewee.SqliteDatabase):
    """peewee's SQLite, which never creates a file and never opens another one than the daemon works on."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        super().__init__(
            f"file://{quote(str(file.path))}?mode=rw",
            uri=True,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "foreign_keys": 1,
                "cache_size": -CACHE_KIB,
            },
            timeout=BUSY_TIMEOUT_S,
            lock_type="IMMEDIATE",
        )

    def _connect(self) -> Any:
        self._file.refuse_change()
        connection = super()._connect()  # type: ignore[misc]
        try:
            self._file.refuse_change()
        except StorageFault:
            connection.close()
            raise
        return connection


class _Turn:
    """Lets one thread of this process write at a time; StorageFault when its turn does not come in time.

    While another program keeps the database locked, each write waits BUSY_TIMEOUT_S for it. Threads that waited for one
    another without a limit would stand in line for many times as long, until the watchdog took them for stuck.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_TIMEOUT_S):
            raise StorageFault(f"another write has kept the database busy for {BUSY_TIMEOUT_S} s")

    def __exit__(self, *_exc: object) -> None:
        self._lock.release()


class Sqlite:
    """A SQLite file; see `Engine`."""

    shared = False
    #: Python raises MemoryError where SQLite says SQLITE_NOMEM.
    errors: tuple[type[Exception], ...] = (peewee.PeeweeException, sqlite3.Error, MemoryError)
    for_update = ""
    skip_locked = ""

    def __init__(self, path: Path) -> None:
        self._file = DatabaseFile(path)
        self.file: File | None = self._file
        self.path = self._file.path
        self.name = str(self.path)
        self.write_lock: AbstractContextManager[Any] = _Turn()
        self.peewee: Any = _Connections(self._file)

    def prepare(self) -> None:
        """Create the file if it does not exist; StorageFault when it may not be used by this path."""
        self._file.prepare()

    def prepare_to_read(self) -> bool:
        """Let the connections only read; no file is made, not even beside the database."""
        if not self._file.is_readable():
            return False
        # Without -wal nobody has the file open: it is read as it is, because even a reader would make -wal and -shm.
        # With it, -shm is read without being repaired; where it is missing, nothing can be read without making it.
        how = "immutable=1"
        if self._file.beside("-wal").exists():
            how = "mode=ro&readonly_shm=1" if self._file.beside("-shm").exists() else "mode=ro"
        self.peewee.init(f"file://{quote(str(self.path))}?{how}", pragmas={"query_only": 1}, uri=True)
        return True

    def migrating(self) -> AbstractContextManager[Any]:
        """Lock the whole file."""
        lock: AbstractContextManager[Any] = self.peewee.atomic("EXCLUSIVE")
        return lock

    def snapshot(self) -> AbstractContextManager[Any]:
        """Read in a transaction, while others write."""
        reading: AbstractContextManager[Any] = self.peewee.atomic("DEFERRED")
        return reading

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Run a transaction whose commit does not wait for the disk, unless it causes a checkpoint."""
        self.peewee.connection().execute("PRAGMA synchronous = normal")
        try:
            with self.peewee.atomic():
                yield
        finally:
            self._sync_again()

    def _sync_again(self) -> None:
        try:
            self.peewee.connection().execute("PRAGMA synchronous = full")
        except self.errors:
            self.peewee.close()  # a new connection syncs every commit: an intent must be on the disk before its add
            raise

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement on this thread's connection: peewee would add a third to the time that it takes."""
        rows: list[tuple[Any, ...]] = self.peewee.connection().execute(statement, values).fetchall()
        return rows

    @contextmanager
    def undo_in_memory(self) -> Iterator[None]:
        """Keep the statement journal in memory; what is sorted without an index is there too, as long as this lasts."""
        self.peewee.connection().execute("PRAGMA temp_store = memory")
        try:
            yield
        finally:
            self.peewee.connection().execute("PRAGMA temp_store = default")

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows."""
        return int(self.peewee.connection().executemany(statement, rows).rowcount)

    def change(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Set columns of many rows, one after the other."""
        self.many(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?", rows)

    def among(self, ids: Sequence[int]) -> tuple[str, Sequence[Any]]:
        """Name each of them; SQLite takes 32,766 values."""
        return f"IN ({', '.join('?' * len(ids))})", ids

    def sentence(self, error: BaseException) -> str:
        """Say what happened; SQLite reports some failures of a full disk as I/O errors."""
        sentence = _sentence(error)
        if sentence == _SENTENCES["SQLITE_IOERR"]:
            return _why_not_written(self.path.parent)
        if sentence in (_SENTENCES["SQLITE_READONLY"], _SENTENCES["SQLITE_CANTOPEN"]):
            if _is_read_only(self.path.parent):
                return f"{self.path} is on a disk that can only be read; mount it to be written, or move the file"
            whose = whose_sentence(self.path)
            return f"{self.path} cannot be used by you; {whose}" if whose else sentence
        return sentence

    def reset_broken(self) -> None:
        """Do nothing: a connection to a file does not break."""

    def lock(self, name: str) -> None:
        """Do nothing: a write transaction locks the whole file."""

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease]:
        """Give a lease that is held while the file is there: only one daemon works on it."""
        yield self._file

    def checkpoint(self) -> None:
        """Move all that is in `-wal` into the file, and leave `-wal` empty, unless another process reads for long."""
        with self.write_lock:
            self.peewee.execute_sql(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
            try:
                self.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self.peewee.execute_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")

    def bucket(self, panel: str) -> FileBucket:
        """Return an account's bucket, which is in a file beside the database."""
        return FileBucket(self.path, panel)

    def sidecar(self, suffix: str) -> Path | None:
        """Return the path of a file beside the database."""
        return self._file.beside(suffix)

    def last_id(self, table: str) -> int:
        """Return the highest id that a table ever used."""
        found = self.peewee.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return int(found[0]) if found else 0

    def set_last_id(self, table: str, last: int) -> None:
        """Let new rows of a table have ids above this one."""
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


def _is_read_only(folder: Path) -> bool:
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _sentence(error: BaseException) -> str:
    """Say what happened, by SQLite's name for the first error: the library raises others because of it."""
    link: BaseException | None = error
    while link is not None:
        name = "SQLITE_NOMEM" if isinstance(link, MemoryError) else getattr(link, "sqlite_errorname", "")
        for known, sentence in _SENTENCES.items():
            if name.startswith(known):
                return sentence
        link = link.__cause__ or link.__context__
    if "no such " in str(error):
        return OTHER_TABLES
    return "the database refused for a reason that tracker does not know; restore a backup if that goes on"


def _why_not_written(folder: Path) -> str:
    """Tell a full disk and a limit of this user from a disk that fails: SQLite calls all of them I/O errors."""
    if _free(folder) < PAGE:
        return _SENTENCES["SQLITE_FULL"]
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if most != resource.RLIM_INFINITY:
        return f"this user may not write files of more than {most:,} bytes; raise the limit (ulimit -f, or LimitFSIZE=)"
    return _SENTENCES["SQLITE_IOERR"]
