"""Which daemons run: one row for each, refreshed by its heartbeat."""

from __future__ import annotations

import os
import socket
from typing import NamedTuple

from tracker.lib import processes
from tracker.lib.times import DAY, MINUTE
from tracker.store.database import Database
from tracker.store.rows import placeholders

DEAD_AFTER = MINUTE
"""A daemon without a heartbeat for this long counts as dead."""

FORGOTTEN_AFTER = DAY
"""How long a dead daemon is reported while others run: after that, its machine counts as gone for good."""

HEARTBEAT_EVERY = DEAD_AFTER // 4
"""How often a running daemon sends a heartbeat."""


class DaemonRow(NamedTuple):
    """One daemon, with the time of its last heartbeat in `beat_at`."""

    host: str
    pid: int
    version: str
    started_at: int
    beat_at: int
    #: The identity of the process, where the system gives it one.
    process: str | None = None
    #: It runs no more: seen from its own machine, without waiting for the heartbeat.
    is_gone: bool = False
    #: Its process is seen on this machine, whatever its heartbeat says.
    is_running: bool = False

    def is_alive(self, now: int) -> bool:
        """Tell whether its last heartbeat is recent, and its process not seen to be gone."""
        return not self.is_gone and abs(now - self.beat_at) <= DEAD_AFTER


_STORED = DaemonRow._fields[:-2]
_INSERT = f"INSERT INTO daemons ({', '.join(_STORED)}) VALUES ({placeholders(len(_STORED))}) RETURNING id"
_DELETE_ALL = "DELETE FROM daemons"
_DELETE_DEAD = "DELETE FROM daemons WHERE (host = ? AND beat_at NOT BETWEEN ? AND ?) OR beat_at < ?"
_DELETE = "DELETE FROM daemons WHERE id = ?"
_HEARTBEAT = "UPDATE daemons SET beat_at = ? WHERE id = ?"
_LISTED = f"SELECT {', '.join(_STORED)} FROM daemons ORDER BY beat_at DESC"


def register(db: Database, version: str, now: int) -> int:
    """Record a daemon that starts, and delete those that died on its machine or long ago; return its id."""
    host, pid = socket.gethostname(), os.getpid()
    with db.transaction():
        if db.shared:
            db.many(_DELETE_DEAD, [(host, now - DEAD_AFTER, now + DEAD_AFTER, now - FORGOTTEN_AFTER)])
        else:
            db.many(_DELETE_ALL, [()])
        return int(db.sql(_INSERT, (host, pid, version, now, now, processes.identity(pid)))[0][0])


def heartbeat(db: Database, daemon_id: int, now: int) -> None:
    """Record that the daemon still makes progress."""
    with db.transaction():
        db.many(_HEARTBEAT, [(now, daemon_id)])


def deregister(db: Database, daemon_id: int) -> None:
    """Record that the daemon stopped cleanly."""
    with db.transaction():
        db.many(_DELETE, [(daemon_id,)])


def listed(db: Database) -> list[DaemonRow]:
    """Return the daemons that run, and the dead ones that are still reported; the latest heartbeat first."""
    found = [DaemonRow(*row) for row in db.sql(_LISTED)]
    return [
        row._replace(
            is_gone=processes.is_gone(row.pid, row.process),
            is_running=processes.is_running(row.pid, row.process),
        )
        for row in found
    ]
