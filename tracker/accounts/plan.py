"""What orders that are not sent yet would cost an account, and how long they would take. Pure.

Nothing in a plan is a promise: prices may change, adds may fail, and a panel may be slower than it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from tracker.accounts.limits import NO_RULES, Cap, Rules
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Service
from tracker.orders.cost import FAMILY, CostRules, estimate
from tracker.orders.order import Draft, Order, Series

SLOW_SHARE = 0.9
"""The share of a service's completed orders that were done within what counts as its time."""

LONGEST_GAP = MINUTE
"""Two adds further apart than this had something between them that says nothing of the pace: nothing was queued."""

FEWEST_GAPS = 3


@dataclass(slots=True)
class Tally:
    """Counts orders and adds up what they should cost, one after the other."""

    rules: CostRules = FAMILY
    #: What orders of the panel may cost, and those of each tag.
    limits: Rules = NO_RULES
    panel: str = ""
    orders: int = 0
    cost: Decimal = Decimal(0)
    #: How many have a cost that is not known, and how many of these are subscriptions, paid for each post.
    unpriced: int = 0
    subscriptions: int = 0
    #: What the orders of each tag should cost.
    tagged: dict[str, Decimal] = field(default_factory=dict)
    #: The number of orders of each service.
    services: dict[str, int] = field(default_factory=dict)
    #: How many are to wait for a lower price, and how many for approval.
    too_dear: int = 0
    to_approve: int = 0

    def add(self, order: Order | Draft, service: Service | None) -> None:
        """Count one order; `service` is None where its catalogue was never read."""
        expected = estimate(order, service, self.rules)
        self.orders += 1
        self.services[order.service] = self.services.get(order.service, 0) + 1
        if expected.charge is None:
            self.unpriced += 1
            self.subscriptions += expected.series is Series.POSTS
        else:
            self.cost += expected.charge
        if getattr(order, "approved_at", None) is None:
            self._compare(order.tags, None if service is None else service.price, expected.charge)
        for tag in order.tags:
            self.tagged[tag] = self.tagged.get(tag, Decimal(0)) + (expected.charge or 0)

    def _compare(self, tags: Sequence[str], price: Decimal | None, charge: Decimal | None) -> None:
        """Count an order that reaches a limit of its panel or of a tag; what is not known reaches each."""
        limits = self.limits.concerning(self.panel, tags).values()
        most = [one.max_price for one in limits if one.max_price is not None]
        above = [one.approve_above for one in limits if one.approve_above is not None]
        if most and (price is None or price > min(most)):
            self.too_dear += 1
        elif above and (charge is None or charge > min(above)):
            self.to_approve += 1

    def under(self, cap: Cap) -> Decimal:
        """Return what the orders that count under a limit on spending should cost."""
        return self.tagged.get(cap.scope.tag, Decimal(0)) if cap.scope.tag else self.cost


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one add takes, the wait for the next included, in microseconds; measured, or at least so long."""

    each: int
    is_measured: bool


def pace(adds: Sequence[tuple[int, int]], calls_per_second: float) -> Pace:
    """Learn the pace from the newest adds (sent, answered), the oldest first; without them the rate limit is all.

    Adds of an account are sent one at a time, so that none is faster than its answer.
    """
    limit = round(SECOND / calls_per_second)
    if not adds:
        return Pace(limit, is_measured=False)
    took = _median([max(0, answered - sent) for sent, answered in adds])
    gaps = [
        later - earlier for (earlier, _), (later, _) in pairwise(adds) if 0 < later - earlier < LONGEST_GAP
    ]
    gap = _median(gaps) if len(gaps) >= FEWEST_GAPS else 0
    return Pace(max(limit, took, gap), is_measured=True)


def _median(values: Sequence[int]) -> int:
    return sorted(values)[len(values) // 2]


def usual_time(durations: Sequence[int]) -> int | None:
    """Return within what time most of a service's newest completed orders were done; None when there are none."""
    if not durations:
        return None
    return sorted(durations)[min(len(durations) - 1, int(len(durations) * SLOW_SHARE))]


@dataclass(frozen=True, slots=True)
class Wallet:
    """The balance as it was last read; None where it was never."""

    balance: Decimal | None = None
    currency: str | None = None
    read_at: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the orders of one panel: those that are planned, and those that wait before them."""

    orders: Tally
    before: Tally
    wallet: Wallet
    pace: Pace
    #: Service -> within what time its orders are usually done; None where that is not known.
    usual: Mapping[str, int | None] = field(default_factory=dict)
    #: What may still be spent under each limit of the panel, and of each tag that orders bear.
    rooms: Mapping[Cap, Decimal] = field(default_factory=dict)
    #: Why nothing is sent to the panel now; None while orders are.
    stopped: str | None = None

    @property
    def missing(self) -> Decimal | None:
        """What the wallet lacks for all of them; 0 when it suffices, None when it was never read."""
        if self.wallet.balance is None:
            return None
        return max(Decimal(0), self.orders.cost + self.before.cost - self.wallet.balance)

    @property
    def sent_in(self) -> int:
        """How long until all of them are sent, in microseconds, if nothing holds them up."""
        return (self.orders.orders + self.before.orders) * self.pace.each if self.orders.orders else 0

    @property
    def slowest(self) -> str | None:
        """The planned service whose orders take longest, of those of which that is known."""
        known = {
            service: time for service in self.orders.services if (time := self.usual.get(service)) is not None
        }
        return max(known, key=lambda service: known[service], default=None)

    @property
    def untimed(self) -> list[str]:
        """The planned services of which it is not known how long their orders take."""
        return [service for service in self.orders.services if self.usual.get(service) is None]

    @property
    def done_in(self) -> int | None:
        """How long until all are done, in microseconds; None while the time of one of the services is not known."""
        slowest = self.slowest
        if slowest is None or self.untimed:
            return None
        return self.sent_in + (self.usual[slowest] or 0)
