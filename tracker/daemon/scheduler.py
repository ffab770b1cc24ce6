"""Runs passes on APScheduler: each runs, says how long it may wait, and is scheduled again.

A pass that raises runs again; a database that is unavailable is logged as a sentence, a bug with its traceback. Waking
a pass that is running makes it run once more. The scheduler works with wall-clock dates, so a clock that is set
would put passes to sleep for the length of the step: `Scheduler.watch_clock` notices by the monotonic clock and runs
them all. It is called around each round too: what a pass writes by a wrong clock is never left unnoticed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.daemon.context import Pass
from tracker.lib.clock import awake, elapsed, now
from tracker.lib.times import SECOND, seconds
from tracker.operations.rounds import Round
from tracker.store.engines.engine import StorageFault

log = structlog.get_logger(__name__)

RETRY_DELAY = 5 * SECOND
"""How soon a pass runs again that raised."""

CLOCK_STEP = 2 * SECOND
"""By how much the wall clock must leave the monotonic one to count as stepped."""


class ScheduledPass:
    """One pass: waiting for its time, or running."""

    def __init__(
        self, name: str, run: Pass, scheduler: BackgroundScheduler, watch_clock: Callable[[], None]
    ) -> None:
        self.name = name
        self._run = run
        self._scheduler = scheduler
        self._watch_clock = watch_clock
        #: When the next round is due, by the clock of `awake`.
        self._due = 0
        self._lock = threading.Lock()
        self._running = False
        self._woken = False
        self._stopped = False
        #: When the running round began, or noted progress, by the clock of `awake`; None between two rounds.
        self.began: int | None = None
        #: When the last round ended, by the same clock; None before the first has.
        self.ended: int | None = None

    def wake(self) -> None:
        """Run at once; or once more, when it is running now."""
        with self._lock:
            self._woken = True
            if not self._running:
                self._schedule(0)

    def note_progress(self) -> None:
        """Count the running round from now on: it waits for something that it must not give up."""
        with self._lock:
            if self.began is not None:
                self.began = awake()

    def wake_if_late(self) -> None:
        """Run at once when the round is overdue: its date was set by a clock that was wrong then."""
        if not self._running and awake() - self._due > CLOCK_STEP:
            self.wake()

    def stop(self) -> None:
        """Schedule nothing more; a round that runs now is the last."""
        with self._lock:
            self._stopped = True

    def _fire(self) -> None:
        with self._lock:
            if self._running:  # woken after the scheduler had started this round, and before it began
                self._woken = True
                return
            self._running, self._woken = True, False
            self.began = awake()
        self._watch_clock()
        delay = self._guarded()
        self._watch_clock()
        with self._lock:
            self._running, self.began, self.ended = False, None, awake()
            self._schedule(0 if self._woken else delay)

    def _guarded(self) -> int:
        try:
            return self._run()
        except StorageFault as fault:
            log.error("pass.failed", pass_=self.name, why=str(fault))  # expected: the pass runs again
            return RETRY_DELAY
        except Exception:
            log.exception("pass.crashed", pass_=self.name)
            return RETRY_DELAY

    def _schedule(self, delay: int) -> None:
        if self._stopped:
            return
        self._due = awake() + delay
        at = datetime.now(UTC) + timedelta(microseconds=delay)
        self._scheduler.add_job(self._fire, "date", run_date=at, id=self.name, replace_existing=True)


class Scheduler:
    """Every pass of the daemon, each with a thread to itself when it needs one, so that none delays another.

    `on_step` is called with the length of each step of the clock, before the passes are run because of it.
    """

    def __init__(
        self, passes: Mapping[str, Pass], on_step: Callable[[int], None] = lambda _step: None
    ) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max_workers=max(1, len(passes)))},
            # A job that starts late is still due: the default grace of 1 s would skip it silently. So would a limit of
            # instances, as a round is scheduled before the thread of the one before it has ended; that only one
            # round runs at a time, `_fire` sees to.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1000},
            timezone=UTC,
        )
        self._passes = {
            name: ScheduledPass(name, run, self._scheduler, self._notice_step) for name, run in passes.items()
        }
        self._on_step = on_step
        self._clock_lock = threading.Lock()
        self._offsets = _offsets()

    def start(self) -> None:
        """Start the scheduler, and every pass at once."""
        self._scheduler.start()
        self.wake_all()

    def wake(self, name: str) -> None:
        """Run one pass now; an unknown name is ignored."""
        if name in self._passes and self._scheduler.running:
            self._passes[name].wake()

    def note_progress(self, name: str) -> None:
        """Count a pass as at work, however long its round has been running."""
        self._passes[name].note_progress()

    def wake_all(self) -> None:
        """Run every pass now."""
        for name in self._passes:
            self.wake(name)

    def watch_clock(self) -> None:
        """Run every pass when the wall clock was stepped since the last call, and those that are overdue."""
        self._notice_step()
        for one in self._passes.values():
            one.wake_if_late()

    def _notice_step(self) -> None:
        """Run every pass when the wall clock was stepped since the last call. From any thread."""
        with self._clock_lock:
            before, self._offsets = self._offsets, _offsets()
            jump, step = (after - was for was, after in zip(before, self._offsets, strict=True))
        if abs(step) > CLOCK_STEP:
            log.warning("clock.stepped", seconds=round(seconds(step), 1))
            self._on_step(step)
        if abs(jump) > CLOCK_STEP or abs(step) > CLOCK_STEP:
            self.wake_all()

    def longest_run(self) -> int:
        """Return for how long the longest round has been running by now, in microseconds."""
        at = awake()
        return max((at - one.began for one in self._passes.values() if one.began is not None), default=0)

    def rounds(self) -> list[Round]:
        """Return how each pass stands now."""
        at = awake()
        return [
            Round(one.name, _since(one.began, at), _since(one.ended, at)) for one in self._passes.values()
        ]

    def is_busy(self) -> bool:
        """Tell whether a round runs now."""
        return any(one.began is not None for one in self._passes.values())

    def begin_stop(self) -> None:
        """Start no more rounds."""
        for one in self._passes.values():
            one.stop()
        self._scheduler.remove_all_jobs()

    def stop(self) -> None:
        """Start no more rounds, and wait for those that run: an add in flight is finished and recorded."""
        self.begin_stop()  # before the shutdown: it waits while it holds a lock that scheduling needs
        self._scheduler.shutdown(wait=True)


def _since(moment: int | None, at: int) -> int | None:
    return None if moment is None else max(0, at - moment)


def _offsets() -> tuple[int, int]:
    """Return by how much the wall clock is ahead of the clock of our waits, and of one that suspension does not stop.

    The waits stand still while the machine is suspended. To wake up moves the first and not the second.
    """
    at = now()
    return at - awake(), at - elapsed()
