"""Makes one durable change of what several threads write at once, so that they wait for the disk together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from tracker.store.database import Database, StorageFault

T = TypeVar("T")


class _Job(Generic[T]):
    """The work of one thread, and what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self.fault: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return bool(self._results) or self.fault is not None

    def do(self, db: Database) -> None:
        """Do the work; what goes wrong with it undoes nothing else, but where the database cannot be used."""
        try:
            with db.savepoint():
                self._results.append(self._work())
        except StorageFault:
            self._results.clear()
            raise
        except Exception as fault:  # noqa: BLE001  `result` raises it, in the thread whose work it was
            self.fault = fault

    def result(self) -> T:
        """Return what came of it; its exception, where there was one."""
        if self.fault is not None:
            raise self.fault
        return self._results[0]


class Gathered:
    """Whoever gets its turn does what all waiting threads want, in one transaction, and they find it done."""

    def __init__(self, lock: str) -> None:
        """All is done under the database's lock of this name."""
        self._lock = lock
        self._turn = threading.Lock()
        self._waiting: list[_Job[object]] = []

    def run(self, db: Database, work: Callable[[], T]) -> T:
        """Return what `work` returns, once it is on the disk; it may run in another thread, beside other work."""
        job = _Job(work)
        self._waiting.append(job)  # type: ignore[arg-type]  # each job is its own thread's
        with self._turn:
            if not job.is_done:
                self._do_all(db)
        return job.result()

    def _do_all(self, db: Database) -> None:
        taken: list[_Job[object]] = []
        try:
            with db.transaction():
                db.lock(self._lock)
                taken = self._take()  # only now: more have come while this waited for its locks
                for job in taken:
                    job.do(db)
        except BaseException as fault:  # noqa: BLE001  as above: whoever waits must be told
            for job in taken or self._take():
                job.fault = fault

    def _take(self) -> list[_Job[object]]:
        taken = self._waiting[:]
        del self._waiting[: len(taken)]
        return taken
