"""How often one panel may be asked: a steady gap between calls, over all threads that ask it."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

PATIENCE = {"evidence": 0.0, "balance": 0.5, "add": 1.0, "status": 10.0, "services": 20.0}
"""Seconds that each kind of call gives way to others: what is urgent goes first, and nothing waits for ever."""

SLOWEST = 64
"""By how much refusals for the rate can stretch the gap at the most."""

RECOVERY = 0.98
"""What each call leaves of a stretched gap: back to the whole pace in about 35 calls after one refusal."""


class Pace:
    """Hands out moments at which a call may begin, `per_second` of them, the most urgent first.

    What was not used is not saved up: after an hour of rest the first two calls still keep their gap,
    because panels count in windows of their own.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        if not per_second > 0:
            raise ValueError("the number of calls a second must be above 0")
        self._gap = 1 / per_second
        self._stretch = 1.0
        self._clock = clock
        self._next = clock()
        self._turn = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._tickets = count()
        self._stopped = False

    def take(self) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""
        now = self._clock()
        if self._next > now:
            return self._next - now
        self._next = now + self._gap * self._stretch
        self._stretch = max(1.0, self._stretch * RECOVERY)
        return 0.0

    def wait(self, kind: str = "status") -> bool:
        """Wait for a moment, behind what is more urgent; False at once when the pace was stopped."""
        with self._turn:
            ticket = (self._clock() + PATIENCE[kind], next(self._tickets))
            heapq.heappush(self._waiting, ticket)
            self._turn.notify_all()
            try:
                while not self._stopped:
                    left = self.take() if self._waiting[0] == ticket else None
                    if left == 0:
                        return True
                    self._turn.wait(left)
                return False
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._turn.notify_all()

    def halve(self) -> None:
        """Ask half as often, and come back to the whole pace slowly: the panel has refused for the rate."""
        with self._turn:
            self._stretch = min(SLOWEST, self._stretch * 2)

    def stop(self) -> None:
        """Let nobody wait any longer, now or later."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()
