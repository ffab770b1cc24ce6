"""Notices that the database's file was replaced, overwritten, deleted or moved, says so once, and keeps a copy.

What is written from then on may never be read again: so nothing more is sent, asked or decided. What is known is in the
file that is still open, and is copied beside the path; a copy sends nothing before the operator has said `resume`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import structlog

from tracker.accounts.account import after_restore
from tracker.events import Event, Notice
from tracker.lib.times import rfc3339
from tracker.store import attempts, changes, epoch, outbox
from tracker.store.backup import backup
from tracker.store.database import Database, StorageFault
from tracker.store.instance_lock import InstanceLock

log = structlog.get_logger(__name__)

NAMED = 10
"""How many of the newest orders that were sent a message names."""

OVERWRITTEN = "parts of it were overwritten; what is left is in"


class FileWatch:
    """Watches the file of a database, from `start` on, which comes before any other thread opens it."""

    def __init__(self, db: Database, lock: InstanceLock, panels: Iterable[str]) -> None:
        self._db = db
        self._lock = lock
        self.panels = tuple(panels)
        self._told_at: int | None = None

    def start(self) -> None:
        """Remember which file is open. This thread's connection stays open, so SQLite keeps its `-wal`."""
        if self._db.file is not None:
            self._db.sql("SELECT number FROM epoch")
            self._db.file.watch()
            self._lock.name()

    def change(self) -> str | None:
        """Say what has become of the file; None while its path leads to it, and on a server."""
        return None if self._db.file is None else self._db.file.change()

    def check(self, now: int) -> None:
        """Do what must be done when the file has changed: say so once, and leave nothing of it in `-wal`."""
        self._lock.keep()
        change = self.change()
        if change is None:
            self._told_at = None
            return
        if self._is_overwritten():  # the mark first: what is written into the file may be lost in the mixture
            epoch.mark_overwritten(self._db)
        try:
            if self._told_at is None:
                self._told_at = now
                self._tell(change, now)
            self._empty_wal()
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))

    def keep_copy(self, now: int) -> dict[str, str]:
        """Copy all that is known beside the path; return where it is, or why it could not be saved, as facts."""
        path = self._db.sidecar(".replaced-")
        if path is None:
            return {}
        at = rfc3339(self._told_at or now)[:19].replace("-", "").replace(":", "")
        copy = Path(f"{path}{at}Z")
        try:
            backup(self._db, copy)
        except StorageFault as fault:
            log.error("database.copy_failed", file=str(copy), why=str(fault))
            return {"unsaved": str(fault)}
        log.warning("database.copied", file=str(copy))
        return {"unsaved": f"{OVERWRITTEN} {copy}"} if self._is_overwritten() else {"kept": str(copy)}

    def _is_overwritten(self) -> bool:
        return self._db.file is not None and self._db.file.is_overwritten()

    def _tell(self, change: str, now: int) -> None:
        sent = self._newest_sent()
        log.error("database.replaced", why=change, sent=sent)
        facts = {"kind": "replaced", "host": socket.gethostname(), "why": f"{change}.", "sent": sent}
        notice = Notice(Event.DAEMON_STOPPED, facts={**facts, **self.keep_copy(now)})
        for panel in self.panels:
            changes.update_account(self._db, panel, partial(after_restore, now=now), now)
        with self._db.transaction():
            outbox.post(self._db, [notice], now)

    def _newest_sent(self) -> list[str]:
        try:
            return attempts.newest_sent(self._db, NAMED)
        except StorageFault:
            return []

    def _empty_wal(self) -> None:
        """Move what `-wal` holds into the file: it would be read into whichever file has taken its place.

        Where another program wrote over the file, it would be mixed with what that wrote.
        """
        if self._db.file is not None and not self._is_overwritten() and not self._db.file.is_wal_foreign():
            self._db.checkpoint()
