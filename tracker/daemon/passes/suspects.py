"""Remembers which orders were named in calls that failed, so that the one at fault spoils no call about the others.

A call without an answer shows nothing of why: the panel may be out of reach, or one of the orders may be what it never
answers about. Asked about in ever smaller calls, one a poll, the others are soon answered for, and that one is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from tracker.orders.batches import Batch
from tracker.orders.followed import Followed

FAILURES = 3
"""Failed calls in a row from which an order may be at fault: some panels drop a call now and then."""


class Suspect(NamedTuple):
    """An order that was named in failed calls, and in none since that was answered."""

    #: How many orders the next call may name that names it.
    largest: int
    failures: int
    #: How many calls about other orders had been answered when it was named in a failed one last.
    failed_at: int


class Suspects:
    """The suspects of one panel, by the panel's ids of them. `apart` in one thread at a time, the others in any."""

    def __init__(self) -> None:
        self._known: dict[str, Suspect] = {}
        self._answered = 0

    def note_answer(self, batch: Batch) -> None:
        """Take in that a call was answered."""
        self._answered += 1
        for order in batch if self._known else ():
            self._known.pop(order.panel_order_id, None)

    def note_failure(self, batch: Batch) -> None:
        """Take in that a call failed."""
        largest = (len(batch) + 1) // 2
        for order in batch:
            before = self._known.get(order.panel_order_id)
            failures = 1 if before is None else before.failures + 1
            self._known[order.panel_order_id] = Suspect(largest, failures, self._answered)

    def is_found(self, batch: Batch) -> bool:
        """Tell whether the one order that a failed call was about is why: it fails again and again, others do not."""
        known = self._known.get(batch[0].panel_order_id)
        if len(batch) > 1 or known is None:
            return False
        return known.failures + 1 >= FAILURES and known.failed_at < self._answered

    def apart(self, batches: Sequence[Batch]) -> list[Batch]:
        """Return the calls with the suspects in calls of their own, small enough, behind all others.

        Those come last that failed most often: what is behind a call that fails waits for another time.
        """
        known = dict(self._known)
        if not known:
            return list(batches)
        others = [[one for one in batch if one.panel_order_id not in known] for batch in batches]
        by_size: dict[int, list[Followed]] = {}
        for order in chain.from_iterable(batches):
            if order.panel_order_id in known:
                by_size.setdefault(known[order.panel_order_id].largest, []).append(order)
        return [batch for batch in others if batch] + list(_parts(by_size))


def _parts(by_size: Mapping[int, Batch]) -> Iterator[Batch]:
    for size, orders in sorted(by_size.items(), reverse=True):
        yield from (orders[start : start + size] for start in range(0, len(orders), size))
