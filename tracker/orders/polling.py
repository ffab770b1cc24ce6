"""When to poll an order again, so that few calls find changes early. Pure.

Delays are shortest, for a given number of calls, when an order is polled in proportion to the square root of
the chance that it ends just now. That chance is learnt for each service from how long its orders took. So the next
poll comes once the square root of the hazard, summed up since this poll, has reached a threshold: one number for
all orders of a panel, which rises while there are more polls due than calls to make them, and falls when there
are fewer. Due times then are ranks: picking what is due first is picking what is worth most.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from tracker.lib.times import DAY, SECOND
from tracker.orders.answers import Said
from tracker.orders.order import Order

EDGES = tuple(30 * SECOND * 2 ** (step / 2) for step in range(36))
"""Ages (microseconds) between which the hazard is taken as even: from half a minute to two months."""

_BEGINS = (0.0, *EDGES)

PRIOR_WEIGHT = 3.0
"""Weight, in orders, of the first guess: that any age is as likely as twice that age."""

BASE_THRESHOLD = 4.0
"""The threshold when calls are plenty: an order that takes half an hour is polled every three minutes, one of
six hours each ten. In square roots of seconds."""

STEP = 1.01
"""By how much the threshold moves with a call."""

STEP_INTERVAL = SECOND
"""How soon it moves again: the many calls that follow an hour of standstill say no more than one."""

SATURATED = 1.5 * BASE_THRESHOLD
"""The threshold from which calls count as too scarce for `poll_max`."""

LONGEST_SHARE = 1.8
"""No order waits longer than this times the mean wait, when calls are too scarce for `poll_max`."""

LONGEST_WAIT = DAY
"""A longer wait between two polls counts as so long: most likely the clock was set."""

RECHECKS = (DAY, 7 * DAY)
"""When an order that is over is polled again, counted from its end: panels change their minds."""


class DurationModel:
    """What is known of how long the orders of a service take."""

    __slots__ = ("_rates", "_sums")

    def __init__(self, durations: Sequence[int] = ()) -> None:
        """Learn from durations in microseconds, the more the better."""
        counts = [PRIOR_WEIGHT / (len(EDGES) + 1)] * (len(EDGES) + 1)
        for duration in durations:
            counts[bisect_right(EDGES, duration)] += 1
        self._rates = _rates(counts)
        spans = [(EDGES[0], self._rates[0])]
        spans += [
            (after - before, rate)
            for (before, after), rate in zip(pairwise(EDGES), self._rates[1:], strict=False)
        ]
        sums = [0.0]
        for span, rate in spans:
            sums.append(sums[-1] + span * rate)
        self._sums = sums

    def wait(self, age: int, threshold: float) -> float:
        """Return how long until the threshold is reached by an order of this age, in microseconds."""
        sums, rates = self._sums, self._rates
        at = bisect_right(EDGES, age)
        total = sums[at] + (age - _BEGINS[at]) * rates[at] + threshold
        # The threshold lies ahead of the age, so the search begins there.
        at = bisect_right(sums, total, at) - 1
        return _BEGINS[at] + (total - sums[at]) / rates[at] - age


def _rates(counts: Sequence[float]) -> list[float]:
    """Return the square root of the hazard between each two edges, per square root of a second and microsecond."""
    rates, left = [], sum(counts)
    for at, count in enumerate(counts):
        begin = EDGES[at - 1] if at else 0.0
        end = EDGES[at] if at < len(EDGES) else begin * 2
        seconds = (end - begin) / SECOND
        rates.append(sqrt(count / (left - count / 2) / seconds) / SECOND)
        left -= count
    return rates


class Limits(NamedTuple):
    """What the next polls of a panel's orders keep to; times in microseconds."""

    threshold: float
    shortest: int
    longest: int
    #: When the clock was last set: what is measured from before that says nothing.
    clock_set_at: int = 0


@dataclass(frozen=True, slots=True)
class PollThreshold:
    """How a panel's polls keep up: the threshold for the next poll, and how long orders wait on average."""

    threshold: float = BASE_THRESHOLD
    #: The mean time between two polls of an order, in microseconds; by Little's law the orders over the polls a time.
    mean_wait: float = 0.0

    #: When the threshold was moved last.
    moved_at: int = 0

    def limits(self, shortest: int, longest: int, clock_set_at: int = 0) -> Limits:
        """Return what the next polls keep to, from the shortest and longest time between two polls that are wanted."""
        if self.threshold > SATURATED:
            longest = max(longest, round(LONGEST_SHARE * self.mean_wait))
        return Limits(self.threshold, shortest, longest, clock_set_at)

    def after_call(self, batch: Sequence[Order], places: int, now: int) -> PollThreshold:
        """Take in one call that asks about a batch and had so many places."""
        waits = [_bounded(now - (order.checked_at or order.created_at)) for order in batch]
        share = min(1.0, len(waits) / 1000)
        mean = sum(waits) / len(waits) if waits else self.mean_wait
        mean_wait = self.mean_wait + (mean - self.mean_wait) * share
        if 0 <= now - self.moved_at < STEP_INTERVAL:
            return replace(self, mean_wait=mean_wait)
        late = len(batch) == places and (batch[-1].due_at or 0) < now
        threshold = self.threshold * STEP if late else max(BASE_THRESHOLD, self.threshold / STEP)
        return PollThreshold(threshold, mean_wait, now)


def _bounded(wait: int) -> int:
    """Return a wait as the mean takes it: a clock that was set makes waits of years, or less than none."""
    return min(max(wait, 0), LONGEST_WAIT)


def next_poll(order: Order, model: DurationModel, limits: Limits, now: int) -> int:
    """Return the time of the next poll of an order that was polled now."""
    age = now - (order.submitted_at or order.created_at)
    wait = model.wait(age if age > 0 else 0, limits.threshold)
    if wait < limits.shortest:
        return now + limits.shortest
    return now + (int(wait) if wait < limits.longest else limits.longest)


def next_recheck(finished_at: int, now: int) -> int | None:
    """Return when an order that is over is polled again; None when it was polled often enough."""
    ended_at = min(finished_at, now)
    return next((ended_at + after for after in RECHECKS if ended_at + after > now), None)


def after_failed_call(now: int, shortest: int) -> int:
    """Return when orders are polled again whose status call failed."""
    return now + shortest


def cut_short(ids: Sequence[str], answers: Mapping[str, Said]) -> int | None:
    """Return how many ids a panel answered for, when it answered for the first few only; None when it did not."""
    answered = [one in answers for one in ids]
    count = sum(answered)
    return count if 0 < count <= len(ids) - 2 and all(answered[:count]) else None
