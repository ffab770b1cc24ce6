"""An order whose answer was lost, and what a check of the account found out. Pure values.

What came before what is told by the attempts, which are numbered in the order in which they were recorded, and not by
times: clocks are set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tracker.orders.answers import Report
from tracker.orders.ledger import Mark
from tracker.orders.order import Order, State


@dataclass(frozen=True, slots=True)
class LostOrder:
    """One order whose answer was lost, and what was known when it was sent. Times are microseconds."""

    order: Order
    #: The number of the attempt that was lost.
    attempt_id: int
    lost_at: int
    expected_charge: Decimal | None
    #: The highest id that an order sent before this one is known to have; None when there was none.
    newest_id: int | None
    #: The wallet before it was sent, or the newest reading after that which proved that it was not charged by then.
    before: Mark | None = None
    #: The charges of orders that were undecided at that reading, and were found since: what is spent counts them now.
    found_since: tuple[Decimal | None, ...] = ()
    #: An attempt before this one whose order has the id `newest_id`, or a lower one; None where none is known.
    floor_attempt: int | None = None
    #: The first own id that was given after the settle time: whatever is above it is no late arrival.
    ceiling: int | None = None
    #: Whether the panel denied every id between the two, twice.
    ids_denied: bool = False
    #: When late arrivals have had their time.
    settles_at: int = 0
    #: The newest attempt at the moment when they had; None until then.
    settled_by: int | None = None
    #: Whether a check after the settle time proved that the wallet was never charged for it.
    is_clear: bool = False
    #: Whether an earlier check proved, by the ids or by the wallet, that the panel never took it.
    is_absent: bool = False

    @property
    def order_id(self) -> int:
        """The local id."""
        return self.order.id

    @property
    def quantity(self) -> int | None:
        """How much was ordered, over all its runs."""
        return self.order.total

    @property
    def is_open(self) -> bool:
        """False for an order that the operator settled without an id: it gets no verdict, but an id may be its own."""
        return self.order.state is State.UNKNOWN

    @property
    def is_settled(self) -> bool:
        """Tell whether late arrivals have had their time."""
        return self.settled_by is not None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What attempts had been made when the panel was asked about an id."""

    #: The newest attempt when the panel first called it ours: it is no order that was sent later.
    seen_by: int | None = None
    #: When the panel last denied it, no order of this attempt or before could arrive any more: it is none of theirs.
    denied_past: int | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """What one check found out about an account."""

    at: int
    #: None when the wallet was not still, or could not be read; then `wallet_note` says why.
    wallet: Mark | None = None
    wallet_note: str = "the wallet was not read"
    #: Orders that ended since the readings before it so that the panel may have given something back.
    ended: Sequence[Order] = ()
    #: Ids that the panel calls ours and that no local order owns.
    strangers: Mapping[str, Report] = field(default_factory=dict)
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    #: Why ids near the orders are not asked about at all; None where they are.
    unasked: str | None = None
    #: Why no verdict may be acted upon, when something contradicts what all verdicts rest on.
    doubt: str | None = None
    #: Whether others order from the account too, so that any id, and any charge, may be theirs.
    is_shared: bool = False
