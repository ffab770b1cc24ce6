"""A token bucket that holds one token: it hands out slots (times at which a call may begin) with an even gap.

Its state may be shared by all processes that use the same database. A slot is reserved first and waited for then:
whoever reserves first goes first, however far away the slot is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SLOWEST = 64
"""The largest factor by which refusals for the rate widen the gap."""

RECOVERY = 0.98
"""By what factor each call shrinks a widened gap: after one refusal, about 35 calls lead back to the full rate."""

CLOCK_STEP_S = 1.0
"""Seconds by which a clock must be behind its last reading to count as restarted."""

ANSWER_TIMEOUT_S = 2.0
"""Seconds to wait for a shared bucket to answer."""


@dataclass(frozen=True, slots=True)
class BucketState:
    """The state of a bucket: its next free slot, the factor on the gap, and when it was last used.

    Times are seconds of the bucket's clock. Unused slots are not saved up: after an hour of rest the first two
    calls still keep their gap, because panels count calls in their own windows of time.
    """

    next_at: float = 0.0
    slowdown: float = 1.0
    at: float = 0.0

    def reserve(self, now: float, gap: float) -> tuple[BucketState, float]:
        """Reserve the next free slot; return the state after that, and the seconds from now until the slot."""
        slot = self._next_slot(now)
        after = BucketState(slot + gap * self.slowdown, max(1.0, self.slowdown * RECOVERY), now)
        return after, slot - now

    def _next_slot(self, now: float) -> float:
        """Return the next free slot: now, if it has passed or comes from before a restart of the clock."""
        return now if now < self.at - CLOCK_STEP_S else max(now, self.next_at)

    def slowed_down(self) -> BucketState:
        """Return the state after a refusal for the rate: half the rate, which recovers slowly."""
        return BucketState(self.next_at, min(SLOWEST, self.slowdown * 2), self.at)


class Bucket(Protocol):
    """Keeps the state of one account's bucket. It answers within about ANSWER_TIMEOUT_S; OSError when it cannot."""

    def take(self, gap: float) -> float:
        """Reserve the next free slot; return the seconds until it."""

    def slow_down(self) -> None:
        """Halve the rate from now on."""

    def close(self) -> None:
        """Release what it holds."""
