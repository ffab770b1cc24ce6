"""What became of orders whose answer was lost, compared with what the panel really took. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tracker.lib.times import HOUR, SECOND
from tracker.orders.order import Order, State
from tracker.practice.records import Placed

Decided = tuple[int, str, str, int]
"""One verdict other than to hold: the order's local id and link, the ruling, and when."""


@dataclass
class Loss:
    """One lost answer. Times are microseconds."""

    link: str
    kind: str
    at: int
    adopted_at: int | None = None
    absent_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing was decided yet."""
        return self.adopted_at is None and self.absent_at is None


@dataclass
class Outcome:
    """What became of the orders of one setting."""

    losses: list[Loss] = field(default_factory=list)
    wrongly_adopted: int = 0
    doubles: int = 0
    lost: int = 0
    doubts: int = 0
    #: Why the orders were held that no verdict was found for.
    reasons: Counter[str] = field(default_factory=Counter)
    unsent: int = 0

    @property
    def broken(self) -> int:
        """How often a promise was broken."""
        return self.wrongly_adopted + self.doubles + self.lost

    def share(self, kind: str, limit: int) -> tuple[int, int]:
        """Return how many losses of a kind were decided rightly, the absent ones within the limit, of how many."""
        those = [loss for loss in self.losses if loss.kind == kind]
        if kind == "never":
            good = [one for one in those if one.absent_at is not None and one.absent_at - one.at <= limit]
        else:
            good = [one for one in those if one.adopted_at is not None]
        return len(good), len(those)

    def time_to_adopt(self) -> tuple[float, float]:
        """Return the median and the 90th percentile, in seconds, of orders that had been accepted at once."""
        spans = sorted(
            (one.adopted_at - one.at) / SECOND
            for one in self.losses
            if one.kind == "accepted" and one.adopted_at is not None
        )
        return (statistics.median(spans), spans[len(spans) * 9 // 10]) if spans else (0.0, 0.0)

    def note(self, decided: Iterable[Decided]) -> None:
        """Note when each loss was decided."""
        open_losses = {one.link: one for one in self.losses if one.is_open}
        for order_id, link, ruling, at in decided:
            loss = open_losses.get(link)
            if loss is None or not loss.is_open or at < loss.at:
                continue  # it is checked again and again, and an order that was released may be lost again
            if ruling == "adopt":
                loss.adopted_at = at
            elif ruling == "absent":
                loss.absent_at = at
                if loss.kind != "never":
                    self.reasons[f"order {order_id} was called absent, and was {loss.kind}"] += 1

    def compare(self, found: Sequence[Order], ledger: Sequence[Placed]) -> None:
        """Compare the tracker's orders with what the panel really took; adds to what was counted before."""
        placed = Counter(one.link for one in ledger)
        links = {str(one.order_id): one.link for one in ledger}
        known = {order.panel_order_id: order.link for order in found}
        held = {order.link for order in found if order.state is State.UNKNOWN}
        self.doubles += sum(count - 1 for count in placed.values())
        self.lost += sum(1 for one, link in links.items() if one not in known and link not in held)
        self.wrongly_adopted += sum(
            1 for one, link in known.items() if one is not None and links.get(one) != link
        )
        self.unsent += sum(1 for order in found if order.state is State.QUEUED)

    def __add__(self, other: Outcome) -> Outcome:
        """Return what became of the orders of both."""
        return Outcome(
            [*self.losses, *other.losses],
            self.wrongly_adopted + other.wrongly_adopted,
            self.doubles + other.doubles,
            self.lost + other.lost,
            self.doubts + other.doubts,
            self.reasons + other.reasons,
            self.unsent + other.unsent,
        )


def never_limit(settle: int) -> int:
    """Within how long after its loss an order that never arrived is to be proven absent."""
    return settle + HOUR
