"""How long ago orders were lost, by two clocks at once: the machine's, and one that nobody can set."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Protocol

from tracker.daemon.context import PanelContext
from tracker.lib.times import SECOND
from tracker.reconciliation.lost_order import LostOrder

CLOCKS = SECOND
"""By how much two clocks may differ over the time that late arrivals have."""


class Loss(Protocol):
    """What is dated: one attempt that was lost."""

    @property
    def order_id(self) -> int:
        """The local id of its order."""

    @property
    def attempt_id(self) -> int:
        """The number of the attempt."""

    @property
    def lost_at(self) -> int:
        """When its answer was found to be lost."""

    @property
    def is_settled(self) -> bool:
        """Whether late arrivals are known to have had their time."""


class LossTimes:
    """Dates the lost orders of one panel account for as long as this process has known them."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        #: When each lost attempt was first seen, by its order, and by a clock that nobody can set.
        self._seen_at: dict[int, tuple[int, int]] = {}

    @property
    def known(self) -> frozenset[int]:
        """The orders whose losses are dated here."""
        return frozenset(self._seen_at)

    def note(self, lost: Loss) -> None:
        """Note that the loss is known from now on."""
        self._seen_for(lost)

    def forget(self, order_id: int) -> None:
        """Count anew how long an order is lost: it was on the wire once more."""
        self._seen_at.pop(order_id, None)

    def keep_only(self, order_ids: Container[int]) -> None:
        """Forget all other orders: nobody asks about them any more."""
        self._seen_at = {one: seen for one, seen in self._seen_at.items() if one in order_ids}

    def dated(self, lost: LostOrder) -> LostOrder:
        """Date the loss no later than it was seen here: a clock that was ahead may have dated it.

        What a person has closed and that cannot arrive any more is remembered no longer, and dated by the clock alone.
        """
        is_over = lost.is_settled and not lost.is_open
        lost_at = min(lost.lost_at, self.context.now()) if is_over else self.lost_at(lost)
        return replace(lost, lost_at=lost_at, settles_at=lost_at + self.context.unknown.settle)

    def lost_at(self, lost: Loss) -> int:
        """Return when it was lost, and no later than it was seen here: a clock that was ahead may have dated it."""
        return min(lost.lost_at, self.context.now() - self._seen_for(lost))

    def rest(self, lost: Loss) -> int:
        """Return how long late arrivals still have, in microseconds; 0 when they had their time."""
        return 0 if lost.is_settled else max(0, self.context.unknown.settle - self._waited(lost))

    def others_wait(self, lost: Loss) -> int:
        """Return for how long, in microseconds, what looks like a lost order waits for it.

        Not much longer than `settle` by either clock, however often the daemon is started and its clock is set.
        Nothing but how well two orders can be told apart rests on this wait.
        """
        longest = max(self.context.now() - lost.lost_at, self._seen_for(lost))
        return min(self.rest(lost), max(0, self.context.unknown.settle + CLOCKS - longest))

    def _waited(self, lost: Loss) -> int:
        return min(self.context.now() - lost.lost_at, self._seen_for(lost))

    def _seen_for(self, lost: Loss) -> int:
        """Return how long the attempt has been known here as lost, by a clock that nobody can set."""
        elapsed = self.context.elapsed()
        attempt_id, seen_at = self._seen_at.get(lost.order_id, (lost.attempt_id, elapsed))
        if attempt_id != lost.attempt_id:
            seen_at = elapsed
        self._seen_at[lost.order_id] = lost.attempt_id, seen_at
        return elapsed - seen_at
