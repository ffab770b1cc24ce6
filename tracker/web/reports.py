"""The reports of months as they were made last: a page shows them, and no request reads the orders of a month.

One report is made at a time, in a thread of its own, for at most a small part of a processor core, however often and
however many are asked for. What is kept is in memory and bounded: it is lost with the process, and made again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from tracker.lib import clock
from tracker.lib.times import HOUR, SECOND, seconds
from tracker.store.database import StorageFault
from tracker.web.ration import Ration

log = structlog.get_logger(__name__)

SHARE, SAVED_S = 0.1, 1.0
"""The part of a core that making reports may take for long, and the seconds that are saved up for the next one."""

WAIT = SECOND
"""A request waits for what is made within this, so that no report is old where the orders are few. It waits for no
longer, and not at all for what was begun earlier: few requests are answered at a time."""

TIMES_AS_LONG, SHORTEST, LONGEST = 1000, SECOND, HOUR
"""A report is kept for so many times the CPU that it took, but for no shorter and no longer than this."""

FAULT_KEPT = 10 * SECOND
"""How long it is told why a report could not be made, before it is tried again."""

MOST = 32
"""Reports that are kept; the one that was asked for last is forgotten last."""

CLOSE_S = 2.0
"""Seconds that a stop waits for the thread."""

Values = Mapping[str, Any]
"""What a page shows of a report, and no more of it."""

Rest = Callable[[], None]
Make = Callable[[Rest], Values]
"""Makes a report; it must call what it is given after each few milliseconds of work."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is there of a report now."""

    #: None where it was not made yet.
    values: Values | None = None
    #: How long it is kept, in microseconds.
    kept_for: int = 0
    #: Whether it, or another one before it, is being made.
    is_being_made: bool = False


class _Closed(Exception):
    """Nobody wants the report any more."""


@dataclass(slots=True)
class _Job:
    """The making of one report."""

    key: Hashable
    make: Make
    began: int
    done: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    """A report that was made, or why it could not be."""

    values: Values | None
    fault: Exception | None
    kept_for: int
    until: int


class Reports:
    """What was made, and what is being made. `elapsed` tells, in microseconds, how old it is."""

    def __init__(
        self,
        elapsed: Callable[[], int] = clock.elapsed,
        share: float = SHARE,
        saved_s: float = SAVED_S,
        wait: int = WAIT,
    ) -> None:
        self._elapsed = elapsed
        self._wait = wait
        self._ration = Ration(share, saved_s, lambda: seconds(clock.elapsed()))
        self._turn = threading.Lock()
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()
        self._job: _Job | None = None
        self._closing = threading.Event()

    def look(self, key: Hashable, make: Make) -> Look:
        """Return a report as it was made last; it is made, or made anew, where it is not there or old.

        What hindered the making is raised.
        """
        until = self._elapsed() + self._wait
        while True:
            with self._turn:
                made, is_fresh = self._known(key)
                job = self._job
                if not is_fresh and job is None and not self._closing.is_set():
                    job = self._begin(key, make)
            if is_fresh or job is None or not self._is_done(job, until):
                return _look(made, is_being_made=not is_fresh)

    def close(self) -> None:
        """Make no more."""
        self._closing.set()
        with self._turn:
            job = self._job
        if job is not None and job.thread is not None:
            job.thread.join(CLOSE_S)

    def _is_done(self, job: _Job, until: int) -> bool:
        """Wait for a job that was begun lately, until a time at most; tell whether it is done."""
        patience = min(until, job.began + self._wait) - self._elapsed()
        return job.done.wait(seconds(max(0, patience)))

    def _known(self, key: Hashable) -> tuple[_Made | None, bool]:
        made = self._made.get(key)
        if made is not None:
            self._made.move_to_end(key)
        return made, made is not None and self._elapsed() < made.until

    # -- the thread that makes -----------------------------------------------------------------------------

    def _begin(self, key: Hashable, make: Make) -> _Job:
        job = _Job(key, make, self._elapsed())
        job.thread = threading.Thread(target=self._run, args=(job,), name="report", daemon=True)
        job.thread.start()
        self._job = job
        return job

    def _run(self, job: _Job) -> None:
        pace = _Pace(self._ration, self._closing)
        made = None
        try:
            pace.rest()
            values = job.make(pace.rest)
            lasts = min(LONGEST, max(SHORTEST, int(pace.count() * SECOND) * TIMES_AS_LONG))
            made = _Made(values, None, lasts, self._elapsed() + lasts)
        except _Closed:
            pass
        except StorageFault as fault:
            made = self._failed(type(fault)(str(fault)))
        except Exception:
            log.exception("web.crashed", path="/report")
            made = self._failed(RuntimeError("the report could not be made"))
        finally:
            self._finish(job, made)

    def _failed(self, fault: Exception) -> _Made:
        """Keep why; an exception of its own, because one that was raised keeps all that it went through."""
        return _Made(None, fault, FAULT_KEPT, self._elapsed() + FAULT_KEPT)

    def _finish(self, job: _Job, made: _Made | None) -> None:
        with self._turn:
            if made is not None:
                self._made[job.key] = made
                self._made.move_to_end(job.key)
            while len(self._made) > MOST:
                self._made.popitem(last=False)
            self._job = None
        job.done.set()


class _Pace:
    """Holds one thread to the ration: what it took since it rested last is counted, and waited for."""

    def __init__(self, ration: Ration, closing: threading.Event) -> None:
        self._ration = ration
        self._closing = closing
        self._began = self._counted = time.thread_time()

    def rest(self) -> None:
        """Wait until there is something left of the ration; _Closed when nobody wants the report any more."""
        self.count()
        if self._closing.wait(self._ration.rest_s()):
            raise _Closed

    def count(self) -> float:
        """Count what was taken; return the seconds of the processor's time that it is in all."""
        now = time.thread_time()
        self._ration.take(now - self._counted)
        self._counted = now
        return now - self._began


def _look(made: _Made | None, *, is_being_made: bool) -> Look:
    if made is None:
        return Look(is_being_made=is_being_made)
    if made.fault is not None and not is_being_made:
        raise made.fault.with_traceback(None)
    return Look(made.values, made.kept_for, is_being_made)
