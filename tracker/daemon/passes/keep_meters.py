"""The pass that writes what was measured, and counts what is new in the history: it runs where there is a page."""

from __future__ import annotations

from collections.abc import Callable

from tracker.daemon.meters import Meters
from tracker.lib.times import SECOND
from tracker.store import journal, meters
from tracker.store.database import Database, StorageFault

EVERY = 5 * SECOND
"""How old figures are at most: monitors come each 15 s or more seldom."""

MORE_DELAY = SECOND // 4
"""How soon the next rows of a long history are counted."""


class KeepMeters:
    """Writes the figures of one daemon."""

    def __init__(self, db: Database, measured: Meters, now: Callable[[], int]) -> None:
        self._db = db
        self.measured = measured
        self._now = now
        self._slot = 0

    def run(self) -> int:
        """Write what is new; return how long to wait, in microseconds."""
        now = self._now()
        self.write(now)
        if meters.slot_of(now) != self._slot:
            meters.prune(self._db, now)
            self._slot = meters.slot_of(now)
        return MORE_DELAY if journal.count_new(self._db, now) else EVERY

    def write(self, now: int) -> None:
        """Write what was measured."""
        taken = self.measured.take()
        if not taken:
            return
        try:
            meters.add(self._db, taken, now)
        except StorageFault:
            self.measured.give_back(taken)
            raise
