"""Which daemons run: one row for each, refreshed by its heartbeat."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

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

    id: int
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
_KEPT = _STORED[1:]
_INSERT = f"INSERT INTO daemons ({', '.join(_KEPT)}) VALUES ({placeholders(len(_KEPT))}) RETURNING id"
_DELETE_ALL = "DELETE FROM daemons"
_DELETE_DEAD = "DELETE FROM daemons WHERE (host = ? AND beat_at NOT BETWEEN ? AND ?) OR beat_at < ?"
_DELETE = "DELETE FROM daemons WHERE id = ?"
_HEARTBEAT = "UPDATE daemons SET beat_at = ? WHERE id = ?"
_ASK_RELOAD = "UPDATE daemons SET reload_asked = reload_asked + 1 WHERE id = ? RETURNING reload_asked"
_WISH = "SELECT reload_asked FROM daemons WHERE id = ? AND reload_asked > reload_answered"
_ANSWER = "UPDATE daemons SET reload_answered = ?, reload_answer = ? WHERE id = ?"
_ANSWERED = "SELECT reload_answer FROM daemons WHERE id = ? AND reload_answered >= ?"
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


def ask_reload(db: Database, daemon_id: int) -> int:
    """Ask a daemon to read its config again; return the number of this wish."""
    with db.transaction():
        return int(db.sql(_ASK_RELOAD, (daemon_id,))[0][0])


def reload_wish(db: Database, daemon_id: int) -> int | None:
    """Return the number of the newest wish that a daemon has not answered."""
    found = db.sql(_WISH, (daemon_id,))
    return found[0][0] if found else None


def answer_reload(db: Database, daemon_id: int, wish: int, facts: Mapping[str, Any]) -> None:
    """Record what a daemon answers to all wishes up to this one, as JSON values."""
    with db.transaction():
        db.many(_ANSWER, [(wish, json.dumps(facts), daemon_id)])


def reload_answer(db: Database, daemon_id: int, wish: int) -> dict[str, Any] | None:
    """Return what a daemon has answered to a wish; None while it has not."""
    found = db.sql(_ANSWERED, (daemon_id, wish))
    answer: dict[str, Any] | None = json.loads(found[0][0]) if found else None
    return answer


def forget_all(db: Database) -> None:
    """Forget every daemon: none works on this database."""
    with db.transaction():
        db.many(_DELETE_ALL, [()])
