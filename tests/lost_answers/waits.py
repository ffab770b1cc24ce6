"""How long queued orders waited because an order that could not be told apart from them was lost. Pure.

Seen from outside: from a lost answer until the next order of that charge is sent. So the time counts whatever the
program says that it waits for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Send:
    """One `add` that left. Times are microseconds."""

    link: str
    charge: Decimal
    at: int
    #: When its answer was lost; None when it was answered.
    lost_at: int | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """The longest waits, in microseconds."""

    #: From queued to sent, whatever the cause.
    any_cause: int = 0
    #: What one lost order held another one up.
    by_one: int = 0
    #: What all lost orders together held one order up, and how many they were.
    by_all: int = 0
    chain: int = 0


@dataclass(frozen=True, slots=True)
class _Stop:
    """Nothing of this charge was sent from a loss until `end`."""

    at: int
    end: int

    def of(self, queued_at: int, sent_at: int) -> int:
        return max(0, min(self.end, sent_at) - max(self.at, queued_at))


def waits(sends: Iterable[Send], queued_at: Mapping[str, int]) -> Waits:
    """Return the longest waits of orders that were sent; `queued_at` is when the order of each link was queued."""
    groups: dict[Decimal, list[Send]] = {}
    for one in sorted(sends, key=lambda send: send.at):
        groups.setdefault(one.charge, []).append(one)
    found = Waits()
    for group in groups.values():
        stops = [_Stop(one.lost_at, after.at) for one, after in pairwise(group) if one.lost_at is not None]
        first = {one.link: one for one in reversed(group)}
        for one in first.values():
            found = _longer(found, queued_at[one.link], one.at, stops)
    return found


def _longer(found: Waits, queued_at: int, sent_at: int, stops: Sequence[_Stop]) -> Waits:
    lowest = bisect_left(stops, queued_at, key=lambda stop: stop.end)
    highest = bisect_left(stops, sent_at, key=lambda stop: stop.at)
    spans = [span for stop in stops[lowest:highest] if (span := stop.of(queued_at, sent_at))]
    by_all = max((found.by_all, found.chain), (sum(spans), len(spans)))
    return Waits(max(found.any_cause, sent_at - queued_at), max([found.by_one, *spans]), by_all[0], by_all[1])
