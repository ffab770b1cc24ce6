"""Runs passes on APScheduler: each runs, says how long it may rest, and is scheduled again.

A pass that raises runs again; a database that is away is logged as a sentence, a bug with its traceback. Waking
a pass that is running makes it run once more. The scheduler works with wall-clock dates, so a clock that steps
back would put every pass to sleep for the length of the step: `Beats.watch_clock` notices by the monotonic clock
and starts them all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.lib.times import SECOND
from tracker.store.engines.engine import StorageFault

log = structlog.get_logger(__name__)

RETRY_DELAY = 5 * SECOND
"""How long a pass rests after it raised."""

STEP = 2.0
"""Seconds by which the wall clock must leave the monotonic one to count as stepped."""

Pass = Callable[[], int]


class ScheduledPass:
    """One pass on its way round: waiting for its time, or running."""

    def __init__(self, name: str, run: Pass, scheduler: BackgroundScheduler) -> None:
        self.name = name
        self._run = run
        self._scheduler = scheduler
        self._lock = threading.Lock()
        self._running = False
        self._woken = False
        self._stopped = False
        #: Monotonic time at which the running pass began; None while it rests.
        self.began: float | None = None

    def wake(self) -> None:
        """Run at once; or once more, when it is running now."""
        with self._lock:
            self._woken = True
            if not self._running:
                self._schedule(0)

    def stop(self) -> None:
        """Schedule nothing more; a turn that runs now is the last."""
        with self._lock:
            self._stopped = True

    def _fire(self) -> None:
        with self._lock:
            self._running, self._woken = True, False
            self.began = time.monotonic()
        rest = self._guarded()
        with self._lock:
            self._running, self.began = False, None
            self._schedule(0 if self._woken else rest)

    def _guarded(self) -> int:
        try:
            return self._run()
        except StorageFault as fault:
            log.error("pass.failed", pass_=self.name, why=str(fault))  # expected: the pass runs again
            return RETRY_DELAY
        except Exception:
            log.exception("pass.crashed", pass_=self.name)
            return RETRY_DELAY

    def _schedule(self, rest: int) -> None:
        if self._stopped:
            return
        at = datetime.now(UTC) + timedelta(microseconds=rest)
        self._scheduler.add_job(self._fire, "date", run_date=at, id=self.name, replace_existing=True)


class Scheduler:
    """Every pass of the daemon, each with a thread to itself when it needs one, so that none delays another."""

    def __init__(self, passes: Mapping[str, Pass]) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max_workers=max(1, len(passes)))},
            # A job that starts late is still due: the default grace of 1 s would skip it in silence.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        self._beats = {name: ScheduledPass(name, run, self._scheduler) for name, run in passes.items()}
        self._offset = time.time() - time.monotonic()

    def start(self) -> None:
        """Start the scheduler, and every pass at once."""
        self._scheduler.start()
        self.wake_all()

    def wake(self, name: str) -> None:
        """Run one pass now; a name that is not there is passed over."""
        if name in self._beats and self._scheduler.running:
            self._beats[name].wake()

    def wake_all(self) -> None:
        """Run every pass now."""
        for name in self._beats:
            self.wake(name)

    def watch_clock(self) -> None:
        """Start every pass when the wall clock was stepped since the last call."""
        offset = time.time() - time.monotonic()
        if abs(offset - self._offset) > STEP:
            log.warning("clock.stepped", seconds=round(offset - self._offset, 1))
            self.wake_all()
        self._offset = offset

    def longest_run(self) -> float:
        """Return for how many seconds the longest pass has been running by now."""
        now = time.monotonic()
        return max((now - beat.began for beat in self._beats.values() if beat.began is not None), default=0.0)

    def stop(self) -> None:
        """Take no more turns, and wait for those that run: an add in flight is finished and recorded."""
        for beat in self._beats.values():
            beat.stop()  # before the shutdown: it waits with a lock in hand that scheduling needs
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=True)
