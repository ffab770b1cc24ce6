"""How often one panel may be asked: a steady gap between calls, over all threads that ask it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Hands out moments at which a call may begin, `per_second` of them, first come first served.

    What was not used is not saved up: after an hour of rest the first two calls still keep their gap,
    because panels count in windows of their own.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not per_second > 0:
            raise ValueError("the number of calls a second must be above 0")
        self._gap = 1 / per_second
        self._clock = clock
        self._next = clock()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def reserve(self) -> float:
        """Take the next free moment; return how many seconds away it is."""
        with self._lock:
            now = self._clock()
            moment = max(self._next, now)
            self._next = moment + self._gap
            return moment - now

    def wait(self) -> bool:
        """Wait for the next free moment; False at once when the pace was stopped."""
        return not self._stopped.wait(self.reserve()) if not self._stopped.is_set() else False

    def stop(self) -> None:
        """Let nobody wait any longer, now or later."""
        self._stopped.set()
