"""Which orders one status call asks about: full calls, because a call costs the same when it is full. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import NamedTuple

from tracker.orders.followed import Followed

Batch = Sequence[Followed]
"""The orders of one status call."""


class Picked(NamedTuple):
    """The orders of the next calls, before they are filled up."""

    #: What goes into calls together, first what is due, then what is due next.
    together: Sequence[Followed]
    #: What is due and must be asked about in a call of its own.
    alone: Sequence[Followed]
    #: Places left in the last call.
    spare: int


def pick(candidates: Sequence[Followed], isolated: Collection[str], size: int, now: int) -> Picked:
    """Choose what is due and, as far as calls of `size` have room, what is due next.

    `candidates` are active orders, the earliest due first; an `isolated` panel order id makes a whole call fail.
    """
    alone: Sequence[Followed] = ()
    together = candidates
    if isolated:
        alone = [one for one in candidates if one.panel_order_id in isolated and one.due_at <= now]
        together = [one for one in candidates if one.panel_order_id not in isolated]
    calls = _calls_for(bisect_right(together, now, key=attrgetter("due_at")), size)
    together = together[: calls * size]
    return Picked(together, alone, calls * size - len(together))


def fill(picked: Picked, rechecks: Sequence[Followed], size: int) -> list[Batch]:
    """Return the calls: full ones, of which the last is filled up with `rechecks`, then those of one order."""
    orders = [*picked.together, *rechecks[: picked.spare]]
    full = [orders[start : start + size] for start in range(0, len(orders), size)]
    return [*full, *([one] for one in picked.alone)]


def _calls_for(due: int, size: int) -> int:
    return (due + size - 1) // size
