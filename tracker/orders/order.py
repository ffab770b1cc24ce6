"""An order and its state machine. Pure: no clock, socket or file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The state of an order; the words are part of the contract."""

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
"""The state machine: from each state, the states that an order may move to. docs/orders.md draws it."""


class Held(StrEnum):
    """Why a queued order is not to be sent yet."""

    TIME = "time"
    """Its `not_before` is yet to come."""
    TAG = "tag_paused"
    """A person paused one of its tags."""
    MAX_PRICE = "max_price"
    """A unit costs more than it may."""
    PRICE_JUMP = "price_jump"
    """A unit costs much more than when it was queued."""
    APPROVAL = "approval"
    """It costs so much that a person is to approve it."""
    SPEND = "spend"
    """With it, more would be spent in this day or month than may be."""


LIMITED = (Held.MAX_PRICE, Held.PRICE_JUMP, Held.APPROVAL, Held.SPEND)
"""What limits hold an order for."""

WAIT_FOR_PERSON = frozenset({Held.TAG, *LIMITED})
"""What does not end by itself, or not within a run: only a person or the calendar lifts a limit."""


class Series(StrEnum):
    """How a panel carries out an order by making orders of its own, its parts, each with an id of the account."""

    RUNS = "runs"
    """A drip-feed: the same again after each interval, paid for when it is placed."""
    POSTS = "posts"
    """A subscription: an order for each new post of a user, each paid for when it is made."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as it was asked for, before it is in the queue."""

    panel: str
    service: str
    link: str
    quantity: int | None = None
    comments: str | None = None
    ref: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    panel_order_id: str | None = None
    """Set when the order was placed elsewhere: it is followed and never sent."""
    tags: tuple[str, ...] = ()
    priority: int = 0
    """Of two that may be sent, the one with the higher number goes first."""
    not_before: int | None = None
    expires_at: int | None = None
    """An order that was not sent by then is given up."""


class Order(NamedTuple):
    """One order as it was read from the store. Times are microseconds since 1970 UTC.

    A tuple, because a poll makes one of each order, and a frozen dataclass takes ten times as long to make.
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
    #: Queued: not before this. Active: the next poll. Unknown: the next evidence check. Else None.
    due_at: int | None = None
    #: Looks in a row at which the panel said that it does not know the id.
    missing: int = 0
    #: When the panel last said something new of it.
    progressed_at: int | None = None
    #: Since when it is known to be stalled, or to have a status text that is not understood.
    stuck_at: int | None = None
    #: How many units it comes to over all its runs; 0 where the panel counts none. None until it is sent.
    units: int | None = None
    #: Set when the panel makes orders of its own for it.
    series: Series | None = None
    #: How many of them the panel has listed; None while it lists none.
    parts: int | None = None
    #: Of two that may be sent, the one with the higher number goes first.
    priority: int = 0
    not_before: int | None = None
    #: An order that was not sent by then is given up.
    expires_at: int | None = None
    #: What one unit cost when it was queued, where that was known.
    price: Decimal | None = None
    #: When the operator approved what it costs.
    approved_at: int | None = None
    #: Why a queued order is not to be sent yet; None when it may be.
    held: str | None = None
    tags: tuple[str, ...] = ()
    #: The same as a sentence for people; None where the kind says it all.
    held_why: str | None = None
    #: What it counts under the limits on spending, since `submitted_at`; None while it counts nothing.
    spent: Decimal | None = None
    #: When a poll first showed that the panel had begun with it; None while none did.
    started_at: int | None = None
    #: What the panel said that it took, as it was before the order ended: at its end it may say what it keeps.
    paid: Decimal | None = None

    @property
    def total(self) -> int | None:
        """What `remains` counts down from; None where that is not known."""
        return self.quantity if self.units is None else self.units or None
