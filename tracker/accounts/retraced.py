"""What the moves of a wallet are found to have been for, and what cannot be told apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tracker.accounts.sums import Amount, Some, total_of
from tracker.orders.ledger import ZERO


class Reading(NamedTuple):
    """What was in the wallet at a time."""

    at: int
    amount: Decimal


class Move(NamedTuple):
    """A move of the wallet that no order explains; `at` is the reading that showed it."""

    at: int
    amount: Decimal


class Why(StrEnum):
    """Why it cannot be told whether refunds came; programs read these words."""

    WHICH = "which"
    """So much did not come, and several refunds fit."""
    ORDER = "order"
    """So much is missing: the refunds, or it was taken for an order that is unknown or was given up."""
    BEFORE = "before"
    """The refunds did not come, or they had come as a part of what was taken for a top-up."""
    TOP_UP = "top_up"
    """So much came in beside them; if one of them did not come, as much more was put in."""
    LATE = "late"
    """So much came in: the refund, much later or much earlier than the end of its order was seen, or a top-up."""
    LOSS = "loss"
    """So much is missing, and no refund explains it; but some may be a part of it."""


class Unclear(NamedTuple):
    """Refunds of which it cannot be told whether they came."""

    why: Why
    #: The readings between which the wallet moved.
    since: int
    at: int
    amount: Decimal
    refunds: Some

    @property
    def counted(self) -> Decimal:
        """What of it has no other cause."""
        return self.amount if self.why in (Why.WHICH, Why.ORDER, Why.BEFORE) else ZERO


@dataclass
class Standing:
    """The wallet at one end of the stretch, and what was counted from the first reading until then."""

    reading: Reading
    #: What orders took.
    paid: Decimal
    #: What refunds brought.
    refunded: Decimal
    #: What has no cause yet.
    rest: Decimal


@dataclass
class Retraced:
    """What the moves of a wallet were for."""

    opening: Standing | None = None
    closing: Standing | None = None
    top_ups: list[Move] = field(default_factory=list)
    unexplained: list[Move] = field(default_factory=list)
    #: What unknown orders, and such that were given up, took all the same; dated as the wallet showed it.
    lost: list[Amount] = field(default_factory=list)
    #: Refunds that did not come, dated as they were promised; and those that may still come.
    owed: list[Amount] = field(default_factory=list)
    undecided: list[Amount] = field(default_factory=list)
    unclear: list[Unclear] = field(default_factory=list)

    def is_between(self, at: int) -> bool:
        """Tell whether a time is between both ends."""
        ends = self.opening, self.closing
        return None not in ends and ends[0].reading.at < at <= ends[1].reading.at  # type: ignore[union-attr]

    def between(self, moves: Iterable[Move | Amount]) -> Decimal:
        """Return the sum of those that are dated between both ends."""
        return total_of(one for one in moves if self.is_between(one.at))
