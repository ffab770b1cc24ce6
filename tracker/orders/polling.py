"""When to poll an order again, so that few calls find changes early. Pure.

Delays are shortest, for a given number of calls, when an order is polled in proportion to the square root of
the chance that it ends just now. That chance is learnt for each service from how long its orders took. So the next
poll comes once the square root of the hazard, summed up since this poll, has reached a threshold: one number for
all orders of a panel, which rises while there are more polls due than calls to make them, and falls when there
are fewer. Due times then are ranks: picking what is due first is picking what is worth most.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import NamedTuple

from tracker.lib.times import DAY, MINUTE, SECOND
from tracker.orders.followed import Followed
from tracker.orders.order import Order

EDGES = tuple(SECOND / 2 * 2 ** (step / 2) for step in range(48))
"""Ages (microseconds) between which the hazard is taken as even: from half a second to two months."""

_BEGINS = (0.0, *EDGES)

PRIOR_WEIGHT = 3.0
"""Weight, in orders, of the first guess: that any age is as likely as twice that age."""

BASE_THRESHOLD = 1.0
"""The threshold when calls are plenty and `poll` is a minute: an order that takes half an hour is polled each minute,
one of six hours each two or three. In square roots of seconds; it grows with the square root of `poll`, so that times
of any scale are treated alike."""

STEP = 1.01
"""By how much the threshold moves with a call."""

STEP_SHARE = 60
"""It moves so often in `poll`, at most: the many calls that follow an hour of standstill say no more than one."""

WAIT_BITS = 4
"""How many bits of a wait count."""

LATE_SHARE = 2
"""A call is late by more than this share of `poll`, or not at all: what was asked about together is due together again,
so that the last of it is always asked about a moment after it was due."""

SATURATED = 1.5
"""By what factor the threshold is above its base when calls count as too scarce for `poll_max`."""

LONGEST_SHARE = 1.7
"""No order waits longer than this times the mean wait, when calls are too scarce for `poll_max`."""

LONGEST_WAIT = DAY
"""A longer wait between two polls counts as so long: most likely the clock was set."""

RECHECKS = (DAY, 7 * DAY)
"""When an order that is over is polled again, counted from its end: panels change their minds."""

REMEMBERED = 400
"""Ends after which all that was learnt counts for half: services change."""

NEW_SHARE = 8
"""A model is fitted anew when one in so many of the ends that it knows is new."""


class DurationModel:
    """What is known of how long the orders of a service take: how likely one of an age ends just now.

    It learns from ends and from what did not end: between each two ages, the ends over the time that orders spent
    there. Whoever counted only ends would, of orders that were sent together, know the quickest only.
    """

    __slots__ = ("_ends", "_new", "_rates", "_spent", "_sums", "_total")

    def __init__(self, durations: Sequence[int] = ()) -> None:
        """Learn from durations in microseconds, the more the better."""
        self._ends = [0.0] * len(_BEGINS)
        self._spent = [0.0] * len(_BEGINS)
        self._total = self._new = 0
        for duration in durations:
            self.survived(0, duration)
            self.ended(duration, duration)
        self.fit()

    def survived(self, before: int, age: int) -> None:
        """Learn that an order did not end between two ages, in microseconds."""
        if age <= before:
            return
        if age < 2 * before:
            self._spent[bisect_right(EDGES, (before + age) / 2)] += age - before
            return
        for at in range(bisect_right(EDGES, before), bisect_right(EDGES, age) + 1):
            self._spent[at] += _overlap(at, before, age)

    def ended(self, before: int, age: int) -> None:
        """Learn that an order ended somewhere between two ages: when it was last polled, and now."""
        first, last = bisect_right(EDGES, before), bisect_right(EDGES, age)
        for at in range(first, last + 1):
            overlap = _overlap(at, before, age)
            self._ends[at] += overlap / (age - before) if first < last else 1.0
            self._spent[at] += overlap / 2
        self._total += 1
        self._new += 1

    @property
    def is_outdated(self) -> bool:
        """Whether much of what was learnt is not in what `wait` says yet."""
        return self._new * NEW_SHARE >= self._total > 0 and self._new > 0

    def fit(self) -> None:
        """Let `wait` go by all that was learnt."""
        if self._total >= REMEMBERED:
            self._ends = [count / 2 for count in self._ends]
            self._spent = [time / 2 for time in self._spent]
            self._total //= 2
        self._new = 0
        self._rates = [
            sqrt((ends + PRIOR_ENDS) / ((spent + before) / SECOND)) / SECOND
            for ends, spent, before in zip(self._ends, self._spent, _PRIOR_SPENT, strict=True)
        ]
        self._sums = [0.0]
        for at, edge in enumerate(EDGES):
            self._sums.append(self._sums[-1] + (edge - _BEGINS[at]) * self._rates[at])

    def wait(self, age: int, threshold: float) -> float:
        """Return how long until the threshold is reached by an order of this age, in microseconds."""
        sums, rates = self._sums, self._rates
        at = bisect_right(EDGES, age)
        total = sums[at] + (age - _BEGINS[at]) * rates[at] + threshold
        # The threshold lies ahead of the age, so the search begins there.
        at = bisect_right(sums, total, at) - 1
        return _BEGINS[at] + (total - sums[at]) / rates[at] - age


def _overlap(at: int, before: float, age: float) -> float:
    """Return how much of a span of ages lies between two edges."""
    end = EDGES[at] if at < len(EDGES) else age
    return max(0.0, min(age, end) - max(before, _BEGINS[at]))


PRIOR_ENDS = PRIOR_WEIGHT / len(_BEGINS)
"""The ends between each two ages that the first guess counts for."""


def _prior_spent() -> Iterator[float]:
    """Yield how long the orders of the first guess spent between each two ages, in microseconds."""
    left = PRIOR_WEIGHT
    for at, begin in enumerate(_BEGINS):
        end = EDGES[at] if at < len(EDGES) else begin * 2
        yield (left - PRIOR_ENDS / 2) * (end - begin)
        left -= PRIOR_ENDS


_PRIOR_SPENT = tuple(_prior_spent())


class Limits(NamedTuple):
    """What the next polls of a panel's orders keep to; times in microseconds."""

    threshold: float
    shortest: int
    longest: int
    #: When the clock was last set: what is measured from before that says nothing.
    clock_set_at: int = 0
    #: For how long a panel may say nothing of an order that it is asked about.
    silence: int = DAY


@dataclass(frozen=True, slots=True)
class PollThreshold:
    """How a panel's polls keep up: the threshold for the next poll, and how long orders wait on average."""

    #: The shortest time between two polls that is wanted, in microseconds: the scale of everything here.
    shortest: int = MINUTE
    #: By what factor the threshold is above its base.
    scarcity: float = 1.0
    #: The mean time between two polls of an order, in microseconds; by Little's law the orders over the polls a time.
    mean_wait: float = 0.0

    #: When the threshold was moved last.
    moved_at: int = 0

    @property
    def threshold(self) -> float:
        """The threshold for the next poll, in square roots of seconds."""
        return BASE_THRESHOLD * sqrt(self.shortest / MINUTE) * self.scarcity

    def limits(self, longest: int, clock_set_at: int = 0) -> Limits:
        """Return what the next polls keep to, from the longest time between two polls that is wanted."""
        if self.scarcity > SATURATED:
            longest = max(longest, round(LONGEST_SHARE * self.mean_wait))
        return Limits(self.threshold, self.shortest, longest, clock_set_at)

    def after_call(self, batch: Sequence[Followed], places: int, now: int) -> PollThreshold:
        """Take in one call that asks about a batch of active orders and had so many places."""
        waits = [now - (order.checked_at or order.since) for order in batch]
        if waits and not 0 <= min(waits) <= max(waits) <= LONGEST_WAIT:
            waits = [_bounded(wait) for wait in waits]
        share = min(1.0, len(waits) / 1000)
        mean = sum(waits) / len(waits) if waits else self.mean_wait
        mean_wait = self.mean_wait + (mean - self.mean_wait) * share
        if 0 <= now - self.moved_at < self.shortest // STEP_SHARE:
            return replace(self, mean_wait=mean_wait)
        late = len(batch) == places and batch[-1].due_at < now - self.shortest // LATE_SHARE
        scarcity = self.scarcity * STEP if late else max(1.0, self.scarcity / STEP)
        return replace(self, scarcity=scarcity, mean_wait=mean_wait, moved_at=now)


def _bounded(wait: int) -> int:
    """Return a wait as the mean takes it: a clock that was set makes waits of years, or less than none."""
    return min(max(wait, 0), LONGEST_WAIT)


def ages(order: Order, clock_set_at: int, now: int) -> tuple[int, int] | None:
    """Return how old an active order was when it was last polled, and now, in microseconds.

    None where that tells nothing of its service: of drip-feeds, and when the clock was set meanwhile.
    """
    sent_at = order.submitted_at or order.created_at
    asked_at = order.checked_at or sent_at
    if order.series is not None or not max(sent_at, clock_set_at) <= asked_at <= now:
        return None
    return asked_at - sent_at, now - sent_at


def next_poll(order: Order, model: DurationModel, limits: Limits, now: int) -> int:
    """Return the time of the next poll of an order that was polled now."""
    age = now - (order.submitted_at or order.created_at)
    return now + next_wait(model.wait(age if age > 0 else 0, limits.threshold), limits)


def next_wait(wait: float, limits: Limits) -> int:
    """Return how long an order is not polled for which a model says `wait`; all in microseconds.

    A few lengths stand for all of them, each an eighth to a sixteenth above the one before, so that many orders are
    due together and can be kept as one (`orders.cohorts`).
    """
    if wait >= limits.longest:
        return limits.longest
    whole = int(wait)
    beyond = max(0, whole.bit_length() - WAIT_BITS)
    return max(whole >> beyond << beyond, limits.shortest)


def next_recheck(finished_at: int, now: int, rechecks: Sequence[int] = RECHECKS) -> int | None:
    """Return when an order that is over is polled again; None when it was polled often enough."""
    ended_at = min(finished_at, now)
    return next((ended_at + after for after in rechecks if ended_at + after > now), None)


def after_failed_call(now: int, shortest: int) -> int:
    """Return when orders are polled again whose status call failed."""
    return now + shortest


def cut_short(ids: Sequence[str], answers: Container[str]) -> int | None:
    """Return how many ids a panel answered for, when it answered for the first few only; None when it did not."""
    answered = [one in answers for one in ids]
    count = sum(answered)
    return count if 0 < count <= len(ids) - 2 and all(answered[:count]) else None
