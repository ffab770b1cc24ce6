"""How often one panel account may be asked, and who of those that wait in this process goes first."""

from __future__ import annotations

import heapq
import threading
import time
from contextlib import suppress
from itertools import count

import structlog

from tracker.lib.rate_limit import Bucket, BucketState

log = structlog.get_logger(__name__)

PRIORITY_DELAY = {"evidence": 0.0, "balance": 0.5, "add": 1.0, "status": 10.0, "services": 20.0}
"""Seconds that each kind of call gives way to others: what is urgent goes first, and nothing waits for ever."""


RETRY_DELAY = 10.0
"""Seconds in which a bucket that was out of reach is not asked again."""


class RateLimiter:
    """Lets calls begin, `per_second` of them, the most urgent first. Its methods may be called from any thread.

    With a `bucket` that other processes share, all together keep to it. Where that fails, and always besides, this
    process keeps to the pace by itself.
    """

    def __init__(self, per_second: float, bucket: Bucket | None = None) -> None:
        if not per_second > 0:
            raise ValueError("the number of calls a second must be above 0")
        self._gap = 1 / per_second
        self._own = BucketState()
        self._shared = bucket
        self._alone = False
        self._not_before = self._slowed_at = 0.0
        self._turn = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._tickets = count()
        #: The moment (monotonic) that is reserved for whoever goes next.
        self._moment: float | None = None
        self._stopped = False

    def acquire(self, kind: str = "status") -> bool:
        """Wait for a moment, behind what is more urgent; False at once when the pace was stopped."""
        with self._turn:
            ticket = (time.monotonic() + PRIORITY_DELAY[kind], next(self._tickets))
            heapq.heappush(self._waiting, ticket)
            self._turn.notify_all()
            try:
                while not self._stopped:
                    left = self._left() if self._waiting[0] == ticket else None
                    if left is not None and left <= 0:
                        self._moment = None
                        return True
                    self._turn.wait(left)
                return False
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._turn.notify_all()

    def slow_down(self, began: float) -> None:
        """Ask half as often, and come back to the whole pace slowly: the panel has refused a call for the rate.

        Of several calls that were on their way together (`began` is monotonic) one refusal counts.
        """
        with self._turn:
            if began < self._slowed_at:
                return
            self._slowed_at = time.monotonic()
            self._own = self._own.slowed_down()
            if self._shared is not None and not self._stopped and not self._is_resting():
                with suppress(OSError):
                    self._shared.slow_down()

    def stop(self) -> None:
        """Let nobody wait any longer, now or later."""
        with self._turn:
            self._stopped = True
            if self._shared is not None:
                self._shared.close()
            self._turn.notify_all()

    def _left(self) -> float:
        """Return how many seconds away the reserved moment is."""
        if self._moment is None:
            away = self._take_shared()
            now = time.monotonic()
            self._moment = max(now + away, self._own.next_slot(now))
            self._own = self._own.reserve(self._moment, self._gap)
        return self._moment - time.monotonic()

    def _take_shared(self) -> float:
        """Return how many seconds away the next moment is that all processes share; 0 when none can be had."""
        if self._shared is None or self._is_resting():
            return 0.0
        try:
            away = self._shared.take(self._gap)
        except OSError as fault:
            self._not_before = time.monotonic() + RETRY_DELAY
            self._note(alone=True, why=str(fault))
            return 0.0
        self._note(alone=False)
        return away

    def _is_resting(self) -> bool:
        """Tell whether the bucket was out of reach a moment ago."""
        return time.monotonic() < self._not_before

    def _note(self, *, alone: bool, **why: str) -> None:
        """Log once that the pace is not shared any more, and once that it is again."""
        if alone and not self._alone:
            log.warning("rate_limit.local", **why)
        if self._alone and not alone:
            log.info("rate_limit.shared")
        self._alone = alone
