"""The orders that the practice panel makes itself: the runs of a drip-feed, the posts of a subscription. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

EVERY = 4.0
"""Seconds of lifecycle from one part to the next, whatever interval was asked for."""


@dataclass(frozen=True, slots=True)
class PartPlan:
    """Which parts an order gets. `kind` is `runs` or `posts`, after the field that says how many.

    `count` None: until it is ended. Each part is for `low` to `high` units; runs have `total` together.
    """

    kind: str
    count: int | None
    low: int
    high: int
    total: int | None = None

    @property
    def is_paid(self) -> bool:
        """Whether the whole order was paid for when it was placed; else each part is paid for when it is made."""
        return self.kind == "runs"

    def is_over(self, made: int) -> bool:
        """Whether all parts are made."""
        return self.count is not None and made >= self.count

    def due_after(self, made: int) -> float:
        """Seconds of lifecycle from the order to its next part: the first run comes at once, the first post later."""
        return EVERY * (made if self.is_paid else made + 1)

    def units(self, made: int, random: Random) -> int:
        """How many units the next part is for; the last run takes what is left over."""
        if self.total is not None and self.count is not None and made == self.count - 1:
            return self.total - self.low * made
        return random.randint(self.low, self.high)


@dataclass(frozen=True, slots=True)
class PartsStatus:
    """What a `status` call says of an order with parts, in place of figures."""

    plan: PartPlan
    order_ids: tuple[int, ...]
