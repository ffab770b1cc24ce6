"""The rate limiter of one panel account: how often it may be called, and which waiting call goes first."""

from __future__ import annotations

import heapq
import threading
import time
from contextlib import suppress
from itertools import count

import structlog

from tracker.lib.rate_limit import Bucket, BucketState

log = structlog.get_logger(__name__)

PRIORITY_DELAY_S = {
    "evidence": 0.0,
    "orders": 0.5,
    "balance": 0.5,
    "add": 1.0,
    "status": 10.0,
    "refill_status": 15.0,
    "services": 20.0,
}
"""Seconds by which each kind of call lets others go first: urgent calls go first, and none waits for ever."""

RETRY_DELAY_S = 10.0
"""Seconds until a shared bucket that could not be reached is tried again."""


class RateLimiter:
    """Lets `per_second` calls begin, the most urgent first. Its methods may be called from any thread.

    It is a token bucket that holds one token: calls keep an even gap, and a rest allows no burst. With a `bucket`,
    all processes that share it keep to the rate together. This process always keeps to it on its own as well, which
    is what is left when the shared bucket fails.
    """

    def __init__(self, per_second: float, bucket: Bucket | None = None) -> None:
        if not per_second > 0:
            raise ValueError("the number of calls a second must be above 0")
        self._gap = 1 / per_second
        self._local = BucketState()
        self._shared = bucket
        self._is_local_only = False
        self._retry_shared_at = self._slowed_at = 0.0
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._tickets = count()
        #: The time (monotonic) that is reserved for the next call.
        self._slot: float | None = None
        self._stopped = False

    def acquire(self, kind: str = "status") -> bool:
        """Wait for a slot, behind more urgent calls; False at once when the limiter was stopped."""
        with self._changed:
            ticket = (time.monotonic() + PRIORITY_DELAY_S[kind], next(self._tickets))
            self._wake_others()
            heapq.heappush(self._waiting, ticket)
            try:
                while not self._stopped:
                    wait = self._until_slot() if self._waiting[0] == ticket else None
                    if wait is not None and wait <= 0:
                        self._slot = None
                        return True
                    self._changed.wait(wait)
                return False
            finally:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._wake_others()

    def slow_down(self, began: float) -> None:
        """Halve the rate, and return to the full rate slowly: the panel has refused a call for its rate.

        Of several calls that were in flight together (`began` is monotonic), one refusal counts.
        """
        with self._changed:
            if began < self._slowed_at:
                return
            self._slowed_at = time.monotonic()
            self._local = self._local.slowed_down()
            if self._shared is not None and not self._stopped and not self._is_shared_resting():
                with suppress(OSError):
                    self._shared.slow_down()

    def stop(self) -> None:
        """End every wait, now and later."""
        with self._changed:
            self._stopped = True
            if self._shared is not None:
                self._shared.close()
            self._changed.notify_all()

    def _wake_others(self) -> None:
        """Let all others that wait look whose turn it is."""
        if self._waiting:
            self._changed.notify_all()

    def _until_slot(self) -> float:
        """Return the seconds until the reserved slot; reserve one if there is none."""
        if self._slot is None:
            earliest = self._take_shared() + time.monotonic()
            self._local, delay = self._local.reserve(earliest, self._gap)
            self._slot = earliest + delay
        return self._slot - time.monotonic()

    def _take_shared(self) -> float:
        """Return the seconds until the next slot of the shared bucket; 0 when it cannot be reached."""
        if self._shared is None or self._is_shared_resting():
            return 0.0
        try:
            delay = self._shared.take(self._gap)
        except OSError as fault:
            self._retry_shared_at = time.monotonic() + RETRY_DELAY_S
            self._log_change(is_local_only=True, why=str(fault))
            return 0.0
        self._log_change(is_local_only=False)
        return delay

    def _is_shared_resting(self) -> bool:
        """Tell whether the shared bucket failed too recently to be tried again."""
        return time.monotonic() < self._retry_shared_at

    def _log_change(self, *, is_local_only: bool, **why: str) -> None:
        """Log once that the rate limit is no longer shared, and once that it is again."""
        if is_local_only and not self._is_local_only:
            log.warning("rate_limit.local", **why)
        if self._is_local_only and not is_local_only:
            log.info("rate_limit.shared")
        self._is_local_only = is_local_only
