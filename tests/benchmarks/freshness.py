"""How soon an end at the panel is noticed here, in simulated time: ours beside asking in turn, with the same calls.

Orders of three families (about 30 minutes, 6 hours, 60 hours) come in over two days. Both ways make one call each so
many seconds, always full. The floor asks whoever was asked longest ago.
"""

from __future__ import annotations

import heapq
import random
import statistics
from collections import defaultdict
from dataclasses import dataclass

from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.followed import followed
from tracker.orders.order import Order, State
from tracker.orders.polling import DurationModel, PollThreshold, ages, next_poll

FAMILIES = (30 * MINUTE, 6 * HOUR, 60 * HOUR)
SPREAD = 0.4
"""Spread of the logarithm of how long orders of a family take: two thirds within a third of the median."""


@dataclass(frozen=True, slots=True)
class Told:
    """The mean time from an end to its look, and the longest time between two looks, in microseconds."""

    delay: float
    longest_wait: int


@dataclass(frozen=True, slots=True)
class World:
    """Orders by their time of arrival, and when each ends at the panel."""

    orders: tuple[Order, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, count: int, span: int, seed: int) -> World:
        """Make up orders."""
        dice = random.Random(seed)
        times = sorted(NOW + dice.randrange(span) for _ in range(count))
        families = [dice.randrange(len(FAMILIES)) for _ in times]
        ends = [
            at + round(FAMILIES[family] * dice.lognormvariate(0, SPREAD))
            for at, family in zip(times, families, strict=True)
        ]
        orders = [
            an_order(
                id=n,
                service=str(family),
                state=State.ACTIVE,
                created_at=at,
                submitted_at=at,
                due_at=at + MINUTE,
            )
            for n, (at, family) in enumerate(zip(times, families, strict=True))
        ]
        return cls(tuple(orders), tuple(ends))


class InTurn:
    """Asks whoever was asked longest ago."""

    def again_at(self, _order: Order, now: int) -> int:
        """Return the rank of an order that was asked about now."""
        return now

    def note_call(self, batch: list[Order], places: int, now: int) -> None:
        """Learn nothing."""

    def note_end(self, order: Order, now: int) -> None:
        """Learn nothing."""


class Ranked:
    """Asks as the daemon does: by `orders.polling`, which learns from what ends and from what does not."""

    def __init__(self, shortest: int = MINUTE) -> None:
        self.rhythm = PollThreshold(shortest)
        self._models: dict[str, DurationModel] = defaultdict(DurationModel)
        self._fitted: dict[str, int] = defaultdict(int)

    def again_at(self, order: Order, now: int) -> int:
        """Return when an order that was asked about now is due again."""
        model = self._models[order.service]
        model.survived(*self._span(order, now))
        if model.is_outdated or now - self._fitted[order.service] > self.rhythm.shortest:
            model.fit()
            self._fitted[order.service] = now
        return next_poll(order, model, self.rhythm.limits(30 * MINUTE), now)

    def note_call(self, batch: list[Order], places: int, now: int) -> None:
        """Let the rhythm take in a call."""
        self.rhythm = self.rhythm.after_call([followed(order) for order in batch], places, now)

    def note_end(self, order: Order, now: int) -> None:
        """Learn how long an order took, as far as we can see."""
        self._models[order.service].ended(*self._span(order, now))

    def _span(self, order: Order, now: int) -> tuple[int, int]:
        span = ages(order, 0, now)
        assert span is not None
        return span


def follow(world: World, way: InTurn | Ranked, every: int, places: int) -> Told:
    """Follow every order to its end with one call each `every` microseconds."""
    waiting: list[tuple[int, int, Order]] = []
    arrived, now, longest, delays = 0, NOW, 0, []
    while waiting or arrived < len(world.orders):
        now += every
        while arrived < len(world.orders) and world.orders[arrived].created_at <= now:
            order = world.orders[arrived]
            heapq.heappush(waiting, (order.due_at or 0, arrived, order))
            arrived += 1
        batch = [heapq.heappop(waiting)[2] for _ in range(min(places, len(waiting)))]
        way.note_call(batch, places, now)
        for order in batch:
            longest = max(longest, now - (order.checked_at or order.created_at))
            if world.ends[order.id] <= now:
                delays.append(now - world.ends[order.id])
                way.note_end(order, now)
            else:
                due = way.again_at(order, now)
                heapq.heappush(waiting, (due, order.id, order._replace(checked_at=now, due_at=due)))
    return Told(statistics.mean(delays), longest)


def rows(runs: int) -> list[str]:
    """Simulate, and return the rows of the table; each run has orders of its own."""
    made = []
    for every, words in ((MINUTE, "one call a minute"), (5 * MINUTE, "one call in five minutes")):
        pairs = []
        for seed in range(runs):
            world = World.of(5000, 2 * DAY, seed)
            pairs.append((follow(world, InTurn(), every, 100), follow(world, Ranked(), every, 100)))
        floor, ours = (statistics.median(pair[n].delay for pair in pairs) / MINUTE for n in (0, 1))
        ratio = statistics.median(b.delay / a.delay for a, b in pairs)
        wait = max(b.longest_wait / a.longest_wait for a, b in pairs)
        name = f"finished to noticed, {words}"
        made.append(f"{name:<58} {floor:>7.1f}m {ours:>7.1f}m {ratio:>6.2f}x   ≤ 0.5x")
        made.append(f"{'  the longest wait of any order':<58} {'':>8} {'':>8} {wait:>6.2f}x   ≤ 2x")
    return made
