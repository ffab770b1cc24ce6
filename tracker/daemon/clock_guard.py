"""Keeps a wall clock that was set from doing harm: it makes nothing old enough to be pruned before its time."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tracker.lib.times import DAY, MINUTE
from tracker.store import pruned, uptime
from tracker.store.database import Database
from tracker.store.uptime import Horizon, Uptime

log = structlog.get_logger(__name__)

QUIET_AFTER_START = 10 * MINUTE
"""How long after a start nothing is pruned: the clock may be set right meanwhile."""

QUIET_AFTER_STEP = DAY
"""For how long of running nothing is pruned after the clock was set."""


class ClockGuard:
    """Counts how long daemons have run on a database, by a clock that nobody can set."""

    def __init__(self, db: Database, now: Callable[[], int], elapsed: Callable[[], int]) -> None:
        self.now = now
        self.elapsed = elapsed
        self._db = db
        self._began = elapsed()
        #: What the database said when this daemon started; other daemons may have counted further since.
        self._ran_before: int | None = None
        self._day = -1

    def check(self, now: int) -> Uptime:
        """Count the time since the last round; return what stands then."""
        if self._ran_before is None:
            self._ran_before = uptime.read(self._db).ran
        counted = uptime.count(self._db, self._ran_before + self._running(), now)
        day = counted.ran // DAY
        if day != self._day:
            pruned.forget(self._db, day)
            self._day = day
        return counted

    def horizon(self, counted: Uptime, keep: int, now: int) -> Horizon | None:
        """Return what may be pruned that is kept for `keep`; None when nothing may be pruned now."""
        since_step = counted.since_step()
        if self._running() < QUIET_AFTER_START or (since_step is not None and since_step < QUIET_AFTER_STEP):
            return None
        return uptime.horizon(self._db, counted, keep, now)

    def _running(self) -> int:
        return self.elapsed() - self._began
