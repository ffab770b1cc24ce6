"""The rows of the practice panel's state: what it took, what moved the wallet, and an order as it stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar, overload

from tracker.practice.lifecycle import PENDING, Lifecycle, progress

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed:
    """One order that the panel really took through `add`. `at` is microseconds since 1970 UTC."""

    at: int
    order_id: int
    service: int
    link: str
    quantity: int
    comments: str | None
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of the wallet; `amount` is below zero when money left it."""

    at: int
    kind: str
    """`charge`, `refund`, `deposit` or `withdrawal`."""
    amount: Decimal
    order_id: int | None = None


class OrderStatus(NamedTuple):
    """What a `status` tells of an order."""

    word: str
    remains: int | str | None
    start_count: int | str | None
    charge: Decimal | str | None


class _Shown(Generic[T]):
    """A figure of an order: read as it stands now, and once set, told so whatever time does."""

    def __set_name__(self, owner: type[PracticeOrder], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, order: None, owner: type[PracticeOrder]) -> _Shown[T]: ...
    @overload
    def __get__(self, order: PracticeOrder, owner: type[PracticeOrder]) -> T: ...
    def __get__(self, order: PracticeOrder | None, owner: type[PracticeOrder]) -> _Shown[T] | T:
        if order is None:
            return self
        shown: T = getattr(order.read(order), self._name)
        return shown

    def __set__(self, order: PracticeOrder, value: T) -> None:
        order.told = {**(order.told or {}), self._name: value}


class PracticeOrder:
    """An order in the panel's state, and a view of it: `word`, `remains`, `start_count` and `charge` can be set.

    Setting one changes only what `status` tells; `PanelState.end` also moves the money that belongs to an end.
    """

    __slots__ = (
        "comments", "held", "id", "lifecycle", "link", "net", "paid", "placed_at", "quantity", "read",
        "service", "told",
    )  # fmt: skip

    word = _Shown[str]()
    remains = _Shown["int | str | None"]()
    start_count = _Shown["int | str | None"]()
    charge = _Shown["Decimal | str | None"]()

    def __init__(
        self, placed: Placed, lifecycle: Lifecycle, read: Callable[[PracticeOrder], OrderStatus]
    ) -> None:
        self.id = placed.order_id
        self.placed_at = placed.at
        self.service = placed.service
        self.link = placed.link
        self.quantity = placed.quantity
        self.comments = placed.comments
        self.paid = placed.charge
        #: What the order costs by now: what was paid less what went back.
        self.net = placed.charge
        self.lifecycle = lifecycle
        #: The word and the remains at which it stands for good; None while it follows its lifecycle.
        self.held: tuple[str, int] | None = None
        self.told: dict[str, Any] | None = None
        self.read = read

    @property
    def moving(self) -> bool:
        """Whether it still follows its lifecycle."""
        return self.held is None and not (self.told and "word" in self.told)

    def status(self, elapsed: float) -> OrderStatus:
        """How it stands, `elapsed` paced seconds after it was placed."""
        # The end comes with its refund, from the state: a rounding here must not tell it before.
        under_way = min(elapsed, math.nextafter(self.lifecycle.ends, 0))
        word, remains = self.held or progress(self.lifecycle, self.quantity, under_way)
        started = 0 if word == PENDING else 100 + self.id * 7919 % 9000
        natural = OrderStatus(word, remains, started, self.net)
        return natural._replace(**self.told) if self.told else natural
