"""The instance lock of a SQLite file: it lets one daemon at a time work on it, by whatever path it is reached."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tracker.store import side_files
from tracker.store.database import Database, StorageFault
from tracker.store.engines.engine import File

TRIES = 10
TRY_DELAY_S = 0.03
"""A command may hold the lock for a moment, to see whether a daemon does."""


class InstanceLock:
    """Lets one daemon at a time use a SQLite file; the system releases it however the daemon ends.

    The lock is on the file itself, so that no other path, and no side file that is missing, gives a second daemon. A
    second lock, on `.lock` beside it, says which process it is and which file it has open; older versions know only
    that one. On PostgreSQL there is no lock: any number of daemons may share a database.
    """

    def __init__(self, db: Database) -> None:
        self._database = db.file
        self._beside: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for a block; StorageFault when another daemon holds it."""
        database = self._database
        if database is None:
            yield
            return
        with ExitStack() as locks:
            _hold_file(database, locks)
            old = database.beside_link(".lock")
            if old is not None and old.exists():
                locks.callback(os.close, _locked(old))
            self._beside = _locked(database.beside(".lock"))
            locks.callback(self._release)
            self.name()
            yield

    def _release(self) -> None:
        if self._beside is not None:
            os.close(self._beside)
            self._beside = None

    def name(self) -> None:
        """Write which process holds the lock and what it has open, for commands that find another file there."""
        if self._database is not None and self._beside is not None:
            side_files.overwrite(self._beside, f"{os.getpid()} {self._database.names()}".encode())

    def keep(self) -> None:
        """Put the lock file back when it is gone: whoever finds another database there must know of this daemon."""
        if self._database is None or self._beside is None:
            return
        path = self._database.beside(".lock")
        with suppress(OSError, StorageFault):
            if not _is_at(self._beside, path):
                again = _locked(path)  # not while the old one is closed: there is always one that is held
                os.close(self._beside)
                self._beside = again
                self.name()


def _hold_file(database: File, locks: ExitStack) -> None:
    """Lock the database file itself; one that does not exist cannot be locked, nor can a daemon work on it."""
    try:
        file = os.open(database.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageFault(
            f"{database.path}: {error.strerror}; check the owner and mode of the file"
        ) from None
    # Never closed before the process ends: closing any descriptor of a file takes away all locks that this process has
    # on it by `fcntl`, so those of SQLite's connections too, and another process could then delete the `-wal` in use.
    locks.callback(fcntl.flock, file, fcntl.LOCK_UN)
    _lock(file, database.beside(".lock"))


def _locked(path: Path) -> int:
    """Open and lock a lock file; return its descriptor."""
    try:
        file = side_files.open_or_create(path)
    except OSError as error:
        raise StorageFault(f"{path}: {error.strerror}; the daemon locks that file while it runs") from None
    try:
        _lock(file, path)
    except StorageFault:
        os.close(file)
        raise
    return file


def _lock(file: int, says: Path) -> None:
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(TRY_DELAY_S)
    raise StorageFault(
        f"another tracker daemon (process {_process(says)}) already uses this database; stop it first, "
        "or give this one its own database"
    )


def _process(lock: Path) -> str:
    with suppress(OSError):
        words = side_files.read(lock).decode(errors="replace").split()
        return words[0] if words else "unknown"
    return "unknown"


def _is_at(file: int, path: Path) -> bool:
    """Tell whether a path leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file), path.lstat())
    except OSError:
        return False
