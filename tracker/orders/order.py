"""An order, the law of its states, and what each answer makes of it. Pure: no clock, socket or file.

What an answer makes of an order is decided in `decisions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where an order stands; the words are part of the contract."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    ACTIVE = "active"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    FAILED = "failed"
    REJECTED = "rejected"
    DROPPED = "dropped"


ENDED = frozenset({State.COMPLETED, State.PARTIAL, State.CANCELED, State.FAILED})
"""States in which the panel said that the order is over."""

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SUBMITTING, State.REJECTED, State.DROPPED}),
    State.SUBMITTING: frozenset({State.ACTIVE, State.REJECTED, State.UNKNOWN, State.QUEUED}),
    State.UNKNOWN: frozenset({State.ACTIVE, State.QUEUED, State.DROPPED}),
    State.ACTIVE: ENDED,
    **{state: ENDED - {state} | {State.ACTIVE} for state in ENDED},
    State.REJECTED: frozenset({State.QUEUED}),
    State.DROPPED: frozenset({State.QUEUED}),
}
"""The law: from each state, the states that an order may move to. The README's diagram is made from it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as a person asked for it, before it is in the queue."""

    panel: str
    service: str
    link: str
    quantity: int | None = None
    comments: str | None = None
    ref: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    panel_order_id: str | None = None
    """Set when the order was placed elsewhere: it is followed and never sent."""


class Order(NamedTuple):
    """One order as it was read from the store. Times are microseconds since 1970 UTC.

    A tuple, because a look makes one of each order, and a frozen dataclass takes ten times as long to make.
    """

    id: int
    panel: str
    service: str
    link: str
    quantity: int | None
    comments: str | None
    fields: Mapping[str, str]
    ref: str | None
    state: State
    created_at: int
    panel_order_id: str | None = None
    #: The panel's own status word, as it was written.
    panel_status: str | None = None
    #: What the panel says it took; None until it says so.
    charge: Decimal | None = None
    #: What the catalogue's price makes of it; None while no catalogue is known.
    expected_charge: Decimal | None = None
    currency: str | None = None
    start_count: int | None = None
    remains: int | None = None
    #: How many times an `add` was begun for it.
    attempts: int = 0
    last_error: str | None = None
    submitted_at: int | None = None
    checked_at: int | None = None
    finished_at: int | None = None
    #: Queued: not before this. Active: the next look. Else None.
    due_at: int | None = None
    #: Looks in a row at which the panel said that it does not know the id.
    missing: int = 0
    #: When the panel last said something new of it.
    progressed_at: int | None = None
    #: Since when people know that it stands still, or that the panel's word for it is not understood.
    stuck_at: int | None = None


class Reason(StrEnum):
    """Why a panel refused, as far as its words prove it."""

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
    """Only of a status: the panel says that it knows no such order of ours."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The panel gave an order id."""

    panel_order_id: str
    charge: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly no order: the panel said so in words that prove it. `retry_after` is in microseconds."""

    reason: Reason
    words: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the request left: it may be sent again."""

    why: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The panel may have taken it: never send it again by itself. `told_id` is an id that cannot be its own."""

    why: str
    told_id: str | None = None


AddAnswer = Accepted | Refused | NotSent | Unanswered


class Report(NamedTuple):
    """What the panel says of one order. `state` is None for a status word that the dialect does not know."""

    word: str
    state: State | None
    charge: Decimal | None = None
    currency: str | None = None
    start_count: int | None = None
    remains: int | None = None


class Missing(NamedTuple):
    """The panel says that it knows no such order of ours."""

    words: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that told nothing: it changes no order. `reason` is None when the panel gave none that is known."""

    why: str
    reason: Reason | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One line of a panel's catalogue. `price` is what ONE unit costs, whatever the panel's own unit is."""

    id: str
    name: str
    price: Decimal | None
    minimum: int | None = None
    maximum: int | None = None
    category: str | None = None
    type: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """The wallet as the panel told it."""

    amount: Decimal
    currency: str | None = None
