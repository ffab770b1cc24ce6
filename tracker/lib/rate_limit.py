"""Hands out the moments at which one panel account may be asked: a steady gap between them.

A bucket's flow may be shared by every process that works on the same database. A moment is reserved and then waited
for: whoever asks first goes first, however far away it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SLOWEST = 64
"""By how much refusals for the rate can slowdown the gap at the most."""

RECOVERY = 0.98
"""What each call leaves of a stretched gap: back to the whole pace in about 35 calls after one refusal."""

CLOCK_STEP = 1.0
"""Seconds by which a clock must stand before its last reading to count as one that started anew."""

ANSWER_TIMEOUT = 2.0
"""Seconds to wait for a bucket that is shared."""


@dataclass(frozen=True, slots=True)
class BucketState:
    """How a bucket stands: its next free moment, by how much the gap is stretched, and when it was last used.

    Times are seconds of the bucket's clock. What was not used is not saved up: after an hour of rest the first two
    calls still keep their gap, because panels count in windows of their own.
    """

    next_at: float = 0.0
    slowdown: float = 1.0
    at: float = 0.0

    def next_slot(self, now: float) -> float:
        """Return the next free moment; it is now when it has passed, or was told by a clock that started anew."""
        return now if now < self.at - CLOCK_STEP else max(now, self.next_at)

    def reserve(self, now: float, gap: float) -> BucketState:
        """Return how it stands once the next free moment is taken."""
        return BucketState(self.next_slot(now) + gap * self.slowdown, max(1.0, self.slowdown * RECOVERY), now)

    def slowed_down(self) -> BucketState:
        """Return how it stands after a refusal for the rate: half as often, and back to the whole pace slowly."""
        return BucketState(self.next_at, min(SLOWEST, self.slowdown * 2), self.at)


class Bucket(Protocol):
    """Keeps the flow of one account. It answers within about PATIENCE; OSError when it is out of reach."""

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""

    def slow_down(self) -> None:
        """Ask half as often from now on."""

    def close(self) -> None:
        """Let go of what it holds."""
