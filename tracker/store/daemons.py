"""Who is running: one row a daemon, refreshed while it makes progress."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, TextIO

from tracker.lib.times import DAY, MINUTE
from tracker.store.database import Database, StorageFault

DEAD_AFTER = MINUTE
"""A daemon that has shown no life for this long is dead."""


FORGOTTEN_AFTER = DAY
"""How long people hear of a dead daemon while others live: after that, its machine was taken away for good."""


HEARTBEAT_EVERY = DEAD_AFTER // 4
"""How often a running daemon shows life."""


class DaemonRow(NamedTuple):
    """One daemon and when it last showed life."""

    host: str
    pid: int
    version: str
    started_at: int
    beat_at: int

    def is_alive(self, now: int) -> bool:
        """Tell whether it has shown life lately."""
        return now - self.beat_at <= DEAD_AFTER


class InstanceLock:
    """The one place for a daemon on a SQLite file; the system frees it however the daemon ends.

    On PostgreSQL there is room for all.
    """

    def __init__(self, db: Database) -> None:
        self.path = db.sidecar(".lock")

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Sit on it for a block; StorageFault when another daemon does."""
        if self.path is None:
            yield
            return
        with self.path.open("a+") as file:
            self.path.chmod(0o600)
            self._lock(file)
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def _lock(self, file: TextIO) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise StorageFault(
                f"another tracker daemon (process {file.read().strip() or 'unknown'}) already works on "
                f"this database; stop it first, or give this one a database of its own"
            ) from None


_INSERT = "INSERT INTO daemons (host, pid, version, started_at, beat_at) VALUES (?, ?, ?, ?, ?) RETURNING id"
_DELETE_ALL = "DELETE FROM daemons"
_DELETE_DEAD = "DELETE FROM daemons WHERE (host = ? AND beat_at < ?) OR beat_at < ?"
_DELETE = "DELETE FROM daemons WHERE id = ?"
_HEARTBEAT = "UPDATE daemons SET beat_at = ? WHERE id = ?"
_LISTED = f"SELECT {', '.join(DaemonRow._fields)} FROM daemons ORDER BY beat_at DESC"


def register(db: Database, version: str, now: int) -> int:
    """Record a daemon that starts, in place of those that died on its machine or long ago; return its id."""
    host = socket.gethostname()
    with db.transaction():
        if db.shared:
            db.many(_DELETE_DEAD, [(host, now - DEAD_AFTER, now - FORGOTTEN_AFTER)])
        else:
            db.many(_DELETE_ALL, [()])
        return int(db.sql(_INSERT, (host, os.getpid(), version, now, now))[0][0])


def heartbeat(db: Database, daemon_id: int, now: int) -> None:
    """Show that the daemon lives."""
    with db.transaction():
        db.many(_HEARTBEAT, [(now, daemon_id)])


def deregister(db: Database, daemon_id: int) -> None:
    """Record that the daemon stopped in good order."""
    with db.transaction():
        db.many(_DELETE, [(daemon_id,)])


def listed(db: Database) -> list[DaemonRow]:
    """Return the daemons that run and those that died and are not forgotten yet, the last to show life first."""
    return [DaemonRow(*row) for row in db.sql(_LISTED)]
