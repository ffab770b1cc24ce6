"""What a panel's answers say, once a dialect has read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tracker.orders.order import Series, State


class Reason(StrEnum):
    """Why a panel refused, as far as its message proves it."""

    FUNDS = "funds"
    RATE = "rate"
    LINK_BUSY = "link_busy"
    ACCOUNT = "account"
    """The key or the account itself: asking again only makes it worse."""
    SERVICE = "service"
    INPUT = "input"
    PASSING = "passing"
    """Maintenance, or a proxy in front of the panel that let nothing through: later it may work."""
    ORDER_UNKNOWN = "order_unknown"
    """Only of a status: the panel says that it knows no such order of this account."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The panel gave an order id."""

    panel_order_id: str
    charge: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly no order: the panel said so with a message that proves it. `retry_after` is in microseconds."""

    reason: Reason
    message: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was sent: it may be sent again."""

    why: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The panel may have taken it: never send it again automatically. `claimed_id` is an id that cannot be its own."""

    why: str
    claimed_id: str | None = None
    #: The panel's words, where it refused in such that nobody listed: listed, they would prove the next refusal.
    words: Unlisted | None = None


AddAnswer = Accepted | Refused | NotSent | Unanswered


class Report(NamedTuple):
    """What the panel says of one order. `state` is None for a status word that the dialect does not know."""

    status_text: str
    state: State | None
    charge: Decimal | None = None
    currency: str | None = None
    start_count: int | None = None
    remains: int | None = None
    series: Series | None = None
    #: How many runs or posts it is to have.
    length: int | None = None
    #: The ids of the orders that the panel has made for it; None where it does not say.
    parts: tuple[str, ...] | None = None


class Missing(NamedTuple):
    """The panel says that it knows no such order of this account."""

    message: str


class Unlisted(NamedTuple):
    """An error about an order, in words that the dialect does not list: what it means is not known."""

    #: The panel's words, as people read them.
    words: str
    #: What to list in the config, so that it is known: their beginning, with `{number}` for figures; "" if too short.
    text: str
    #: The built-in dialect that the panel's own is based on.
    base: str


Said = Report | Missing | Unlisted
"""What the panel says of one order that it was asked about."""


class ListedOrder(NamedTuple):
    """One row of the panel's list of recent orders. `at` is microseconds since 1970, where it is plain."""

    panel_order_id: str
    service: str | None
    link: str | None
    quantity: int | None
    report: Report | None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The panel's list of the account's recent orders; `unread` rows held no order id, or one that came twice."""

    rows: tuple[ListedOrder, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without a usable answer: it changes no order. `reason` is None when the panel gave none that is known."""

    why: str
    reason: Reason | None = None
    retry_after: int | None = None
    #: Whether the panel itself said so, in its own words: then the address is that of its API.
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One line of a panel's catalogue. `price` is what ONE unit costs, whatever the panel's own unit is.

    Of a package it is what the whole package costs. The flags are None where the panel does not say.
    """

    id: str
    name: str
    price: Decimal | None
    minimum: int | None = None
    maximum: int | None = None
    category: str | None = None
    type: str | None = None
    description: str | None = None
    #: What its orders may be asked for: to be filled up again, to be canceled, to be delivered in several runs.
    refill: bool | None = None
    cancel: bool | None = None
    dripfeed: bool | None = None
    #: The figures of the line that cannot be read: our name of each -> how the panel writes it.
    unread: Mapping[str, str] = field(default_factory=dict, compare=False)


class BrokenLine(NamedTuple):
    """A line of a catalogue that cannot be read: its number, its id where that is legible, and why not."""

    number: int
    service_id: str | None
    why: str

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return f"line {self.number}" if self.service_id is None else f"service {self.service_id}"


class Catalogue(list[Service]):
    """The services that a panel lists, and the lines of it that cannot be read."""

    def __init__(self, services: Iterable[Service] = (), broken: Iterable[BrokenLine] = ()) -> None:
        super().__init__(services)
        self.broken = tuple(broken)


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet, as the panel says."""

    amount: Decimal
    currency: str | None = None
