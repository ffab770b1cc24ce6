"""The rows of the practice panel's state: what it took, what moved the wallet, and its orders. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypedDict

from tracker.practice.lifecycle import PENDING, PROCESSING, Lifecycle, progress
from tracker.practice.parts import PartPlan, PartsStatus


@dataclass(frozen=True, slots=True)
class Placed:
    """One order that the panel took through `add`. `at` is microseconds since 1970 UTC."""

    at: int
    order_id: int
    service: int
    link: str
    quantity: int
    comments: str | None
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of the wallet; `amount` is negative when money left it."""

    at: int
    kind: str
    """`charge`, `refund`, `deposit` or `withdrawal`."""
    amount: Decimal
    order_id: int | None = None


class OrderStatus(NamedTuple):
    """What a `status` call reports about an order."""

    word: str
    remains: int | str | None
    start_count: int | str | None
    charge: Decimal | str | None
    #: Set for a drip-feed or a subscription: panels then report its parts, and no figures.
    parts: PartsStatus | None = None


class Overrides(TypedDict, total=False):
    """Fields of an OrderStatus that are reported in place of the true ones."""

    word: str
    remains: int | str | None
    start_count: int | str | None
    charge: Decimal | str | None


@dataclass(slots=True)
class PracticeRefill:
    """A refill that the panel took; `at` is seconds since 1970."""

    id: int
    order_id: int
    at: float
    #: The word that it keeps; None while it is on its way.
    word: str | None = None


@dataclass(slots=True)
class PracticeOrder:
    """An order of the panel, changed by `PanelState` only. Its word and figures depend on the time: see `status`."""

    placed: Placed
    lifecycle: Lifecycle
    #: What the order has cost so far: the charge without what was refunded.
    net: Decimal
    #: The word and the remains that it keeps from now on; None while it follows its lifecycle.
    fixed: tuple[str, int] | None = None
    overrides: Overrides = field(default_factory=Overrides)
    plan: PartPlan | None = None
    parts: list[int] = field(default_factory=list)
    #: How many parts came, also those that the wallet did not suffice for.
    made: int = 0

    @property
    def id(self) -> int:
        """The id under which the panel knows it."""
        return self.placed.order_id

    @property
    def follows_lifecycle(self) -> bool:
        """Whether it will still end automatically."""
        return self.fixed is None and "word" not in self.overrides

    def status(self, elapsed: float) -> OrderStatus:
        """What is reported `elapsed` seconds of its lifecycle after it was placed."""
        # `PanelState` ends the order and refunds it in one step: a rounding here must not report the end before.
        before_end = min(elapsed, math.nextafter(self.lifecycle.ends, 0))
        word, remains = self.fixed or progress(self.lifecycle, self.placed.quantity, before_end)
        start_count = 0 if word == PENDING else 100 + self.id * 7919 % 9000
        parts = None if self.plan is None else PartsStatus(self.plan, tuple(self.parts))
        if parts and not parts.plan.is_paid and word in (PENDING, PROCESSING):
            word = "Active"
        return OrderStatus(word, remains, start_count, self.net, parts)._replace(**self.overrides)
