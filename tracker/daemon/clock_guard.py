"""Keeps a wall clock that was set from doing harm: what it wrote holds nothing back, and nothing looks old by it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import structlog

from tracker.config.settings import Config
from tracker.lib.times import DAY, MINUTE, seconds
from tracker.operations.due_rules import bring_near
from tracker.store import due_times, pruned, uptime
from tracker.store.database import Database
from tracker.store.uptime import Horizon, Uptime

log = structlog.get_logger(__name__)

QUIET_AFTER_START = 10 * MINUTE
"""How long after a start nothing is pruned: the clock may be set right meanwhile."""

QUIET_AFTER_STEP = uptime.STEP_SHOWN
"""For how long of running nothing is pruned after the clock was set."""

NOTED_STEP = MINUTE
"""A smaller step is logged only."""

SETTLING = MINUTE
"""For how long after a step a round that began before it may still write by the old clock."""


class ClockGuard:
    """Counts how long daemons have run on a database, and repairs what a wrong clock has written.

    `wake` is called when something was brought near: who waits for it must look again.
    """

    def __init__(
        self,
        db: Database,
        config: Config,
        now: Callable[[], int],
        elapsed: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        self.now = now
        self.elapsed = elapsed
        self._db = db
        self.config = config
        self._wake = wake
        self._began = elapsed()
        #: What the database said when this daemon started; other daemons may have counted further since.
        self._ran_before: int | None = None
        self._day = -1
        self._steps: deque[int] = deque()
        #: Until when what is found too far ahead counts as written by the clock before the last step, by `elapsed`.
        self._settling_until = 0

    def note_step(self, step: int) -> None:
        """Take in that the clock was set by so much; the next `check` repairs what it wrote before. From any thread."""
        self._steps.append(step)

    def check(self, now: int) -> Uptime:
        """Repair what a wrong clock has written, and count the time since the last round; return what stands then."""
        if self._ran_before is None:
            self._start(now)
        now = self._repair(now)
        counted = uptime.count(self._db, (self._ran_before or 0) + self._running(), now)
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

    def _start(self, now: int) -> None:
        known = uptime.read(self._db)
        self._ran_before = known.ran
        if known.beat_at > now + NOTED_STEP:
            log.warning("clock.stepped", seconds=round(seconds(now - known.beat_at), 1))
            self.note_step(now - known.beat_at)

    def _repair(self, now: int) -> int:
        """Repair what a wrong clock has written; return the time by which that was done."""
        steps = [self._steps.popleft() for _ in range(len(self._steps))]
        if steps:
            now = self.now()  # the round may have begun before the step
            self._settling_until = self.elapsed() + SETTLING
        noted = [step for step in steps if abs(step) >= NOTED_STEP]
        brought = bring_near(self._db, self.config, now, stepped=self.elapsed() < self._settling_until)
        if steps:
            due_times.restart_waits(self._db, now)
        if noted or brought.by_clock:
            uptime.note_step(self._db, max(noted, key=abs, default=0), now)
        if brought.by_clock:
            log.warning("clock.times_brought_near", **brought.by_clock)
        if brought.by_config:
            log.info("config.times_brought_near", **brought.by_config)
        if any(brought) or steps:
            self._wake()
        return now

    def _running(self) -> int:
        return self.elapsed() - self._began
