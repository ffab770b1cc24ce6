"""Which active orders stand still: without progress for much longer than their service usually takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.events import Event
from tracker.lib.times import HOUR, about, rfc3339
from tracker.orders.order import Order, State
from tracker.orders.submission import Change, about_order

ENOUGH = 20
"""Completed orders of a service from which it is known what it takes."""

SLOW_SHARE = 0.9
"""The share of those orders that were done within what counts as usual."""

MUCH_LONGER = 3
SHORTEST = HOUR
"""An order that made no progress for less than this is not worth a word, however fast its service is."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an order may make no progress, and what its service usually takes, where that is known."""

    longest: int
    usual: int | None = None


def patience(durations: Sequence[int], unlearnt: int) -> Patience:
    """Learn from how long the newest completed orders of a service took; `unlearnt` stands while they are too few."""
    if len(durations) < ENOUGH:
        return Patience(unlearnt)
    usual = sorted(durations)[int(len(durations) * SLOW_SHARE)]
    return Patience(max(SHORTEST, MUCH_LONGER * usual), usual)


def still_for(order: Order, now: int) -> int:
    """Return for how long an order made no progress."""
    return now - (order.progressed_at or order.submitted_at or order.created_at)


def after_stillness(order: Order, known: Patience, now: int, look_again_at: int) -> Change | None:
    """Tell of an active order that stands still, once; None when it does not, or was told of."""
    since = still_for(order, now)
    if order.stuck_at is not None or order.state is not State.ACTIVE or since < known.longest:
        return None
    after = order._replace(stuck_at=now, checked_at=now, due_at=look_again_at)
    usual = None if known.usual is None else about(known.usual)
    still_since = rfc3339(now - since)
    notice = about_order(Event.ORDER_STUCK, after, kind="still", still_since=still_since, usual=usual)
    return Change(order, after, "no progress", notices=(notice,))
