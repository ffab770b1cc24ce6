"""The passes that look after the database: heartbeats, reminders, and the rows that are no longer kept."""

from __future__ import annotations

from collections.abc import Callable

from tracker.config.settings import Retention
from tracker.daemon.restore_guard import RestoreGuard
from tracker.lib.times import MINUTE, SECOND
from tracker.store import daemons, incidents, orders, outbox
from tracker.store.database import Database

PRUNED_AT_A_TIME = 500

REMIND_DELAY = MINUTE
"""How often, at least, reminders and the ends of incidents are looked for."""


class Housekeeping:
    """Sends the daemon's own heartbeat to the database, and prunes a little of what the retention no longer keeps."""

    def __init__(
        self,
        db: Database,
        retention: Retention,
        guard: RestoreGuard,
        now: Callable[[], int],
        elapsed: Callable[[], int],
    ) -> None:
        self._db = db
        self._retention = retention
        self._guard = guard
        self._now = now
        self._elapsed = elapsed
        self._written_at = elapsed()
        #: This daemon's row, once it is registered.
        self.daemon_id = 0

    def run(self) -> int:
        """Do one round; return how long to wait, in microseconds."""
        now = self._now()
        daemons.heartbeat(self._db, self.daemon_id, now)
        self._written_at = self._elapsed()
        self._guard.check(now)
        orders.prune(self._db, now - self._retention.finished, PRUNED_AT_A_TIME)
        outbox.prune(self._db, now - self._retention.alerts, PRUNED_AT_A_TIME)
        return daemons.HEARTBEAT_EVERY

    def unwritten_for(self) -> int:
        """Return how long ago the database was last written here, in microseconds."""
        return self._elapsed() - self._written_at


def remind(db: Database, now: int) -> int:
    """Post the reminders and the ends of incidents that are due; return how long to wait, in microseconds."""
    outbox.remind(db, now)
    due = incidents.next_due(db, now)
    return REMIND_DELAY if due is None else min(REMIND_DELAY, max(SECOND, due - now))
