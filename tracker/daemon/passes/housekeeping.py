"""The passes that look after the database: heartbeats, reminders, and the rows that are no longer kept."""

from __future__ import annotations

from tracker.config.settings import Retention
from tracker.daemon.clock_guard import ClockGuard
from tracker.daemon.restore_guard import RestoreGuard
from tracker.lib.times import MINUTE, SECOND
from tracker.store import daemons, incidents, outbox, pruned, requests
from tracker.store.database import Database
from tracker.store.uptime import Uptime

PRUNED_AT_A_TIME = 500

REMIND_DELAY = MINUTE
"""How often, at least, reminders and the ends of incidents are looked for."""


class Housekeeping:
    """Sends the daemon's own heartbeat to the database, and prunes a little of what the retention no longer keeps."""

    def __init__(
        self, db: Database, retention: Retention, guard: RestoreGuard, clock_guard: ClockGuard
    ) -> None:
        self._db = db
        self.retention = retention
        self._guard = guard
        self._clock_guard = clock_guard
        self._written_at = clock_guard.elapsed()
        #: This daemon's row, once it is registered.
        self.daemon_id = 0

    def run(self) -> int:
        """Do one round; return how long to wait, in microseconds."""
        now = self._clock_guard.now()
        daemons.heartbeat(self._db, self.daemon_id, now)
        self._written_at = self._clock_guard.elapsed()
        self._guard.check(now)
        self._prune(self._clock_guard.check(now), now)
        return daemons.HEARTBEAT_EVERY

    def _prune(self, counted: Uptime, now: int) -> None:
        """Delete a little of what was kept for long enough."""
        finished = self._clock_guard.horizon(counted, self.retention.finished, now)
        if finished is not None:
            pruned.prune(self._db, finished, PRUNED_AT_A_TIME, now)
            requests.prune_calls(self._db, finished.before, PRUNED_AT_A_TIME)
        alerts = self._clock_guard.horizon(counted, self.retention.alerts, now)
        if alerts is not None:
            outbox.prune(self._db, alerts.before, PRUNED_AT_A_TIME)

    def unwritten_for(self) -> int:
        """Return how long ago the database was last written here, in microseconds."""
        return self._clock_guard.elapsed() - self._written_at


def remind(db: Database, now: int) -> int:
    """Post the reminders and the ends of incidents that are due; return how long to wait, in microseconds."""
    outbox.remind(db, now)
    due = incidents.next_due(db, now)
    return REMIND_DELAY if due is None else min(REMIND_DELAY, max(SECOND, due - now))
