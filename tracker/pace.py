"""How often one panel account may be asked: a steady gap between calls, over all that ask it.

A `Bucket` hands out the moments. Its state is shared by every process that works on the same database; the
order among those who wait in one process is kept by `Pace`.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol

PATIENCE = {"evidence": 0.0, "balance": 0.5, "add": 1.0, "status": 10.0, "services": 20.0}
"""Seconds that each kind of call gives way to others: what is urgent goes first, and nothing waits for ever."""

SLOWEST = 64
"""By how much refusals for the rate can stretch the gap at the most."""

RECOVERY = 0.98
"""What each call leaves of a stretched gap: back to the whole pace in about 35 calls after one refusal."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a bucket stands: when the next call may begin (seconds), and by how much the gap is stretched.

    What was not used is not saved up: after an hour of rest the first two calls still keep their gap,
    because panels count in windows of their own.
    """

    next_at: float = 0.0
    stretch: float = 1.0

    def taken(self, now: float, gap: float) -> Flow:
        """Return how it stands once the moment `now` is taken; itself when that has not come."""
        if self.away(now, gap) > 0:
            return self
        return Flow(now + gap * self.stretch, max(1.0, self.stretch * RECOVERY))

    def away(self, now: float, gap: float) -> float:
        """Return how many seconds away the next moment is; at once when it is told by a clock that started anew."""
        left = self.next_at - now
        return left if 0 < left <= gap * (SLOWEST + 1) else 0.0

    def halved(self) -> Flow:
        """Return how it stands after a refusal for the rate: half as often, and back to the whole pace slowly."""
        return Flow(self.next_at, min(SLOWEST, self.stretch * 2))


class Bucket(Protocol):
    """Keeps the flow of one account. OSError when it is out of reach."""

    def take(self, gap: float) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""

    def halve(self) -> None:
        """Ask half as often from now on."""

    def close(self) -> None:
        """Let go of what it holds."""


class OwnBucket:
    """The bucket of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._flow = Flow(clock())

    def take(self, gap: float) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""
        now = self._clock()
        left = self._flow.away(now, gap)
        self._flow = self._flow.taken(now, gap)
        return left

    def halve(self) -> None:
        """Ask half as often from now on."""
        self._flow = self._flow.halved()

    def close(self) -> None:
        """Do nothing."""


class Pace:
    """Lets calls begin, `per_second` of them, the most urgent first. Its methods may be called from any thread."""

    def __init__(self, per_second: float, bucket: Bucket | None = None) -> None:
        if not per_second > 0:
            raise ValueError("the number of calls a second must be above 0")
        self._gap = 1 / per_second
        self._own = OwnBucket()
        self._bucket = bucket or self._own
        self._turn = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._tickets = count()
        self._stopped = False

    def take(self) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""
        try:
            return self._bucket.take(self._gap)
        except OSError:  # nobody to share with: keep at least to the pace of this process
            return self._own.take(self._gap)

    def wait(self, kind: str = "status") -> bool:
        """Wait for a moment, behind what is more urgent; False at once when the pace was stopped."""
        with self._turn:
            ticket = (time.monotonic() + PATIENCE[kind], next(self._tickets))
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
            self._own.halve()
            if self._bucket is not self._own:
                try:
                    self._bucket.halve()
                except OSError:
                    return

    def stop(self) -> None:
        """Let nobody wait any longer, now or later."""
        with self._turn:
            self._stopped = True
            self._bucket.close()
            self._turn.notify_all()
