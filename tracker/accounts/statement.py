"""A statement of one account over a month: what orders cost, what the wallet says, and why both differ. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tracker.accounts.retraced import Move, Reading, Retraced, Unclear
from tracker.accounts.sums import Amount, total_of
from tracker.lib import money
from tracker.orders.bill import Ended, Sent, bill
from tracker.orders.ledger import ZERO


class By(StrEnum):
    """What the rows of a statement are about."""

    PANEL = "panel"
    SERVICE = "service"
    TAG = "tag"
    DAY = "day"


class Cause(StrEnum):
    """Why the wallet says something else than the orders; programs read these words."""

    OWED = "owed"
    """Refunds that ended orders promise, and that the wallet did not get."""
    UNCLEAR = "unclear"
    """What is missing, and is refunds that did not come; but not which, or it may be something else."""
    UNDECIDED = "undecided"
    """Refunds that are promised, and may still be on their way."""
    LOST = "lost"
    """Charges for orders that are unknown, or that were given up."""
    EDGE_ORDERS = "edge_orders"
    """Orders sent between a reading of the wallet and the edge of the month that it stands for."""
    EDGE_REFUNDS = "edge_refunds"
    """Refunds that came in another month than the end of their order was seen in."""
    REST = "rest"
    """Moves at the edges that have no cause yet, as readings after them are too few."""
    UNEXPLAINED = "unexplained"
    """What no order here explains."""


CAUSES: Mapping[Cause, str] = {
    Cause.OWED: "refunds that did not come",
    Cause.UNCLEAR: "missing, for one of several causes",
    Cause.UNDECIDED: "refunds that may still come",
    Cause.LOST: "taken for unknown or dropped orders",
    Cause.EDGE_ORDERS: "orders at the edges of the month",
    Cause.EDGE_REFUNDS: "refunds of other months",
    Cause.REST: "too fresh to tell",
    Cause.UNEXPLAINED: "unexplained",
}
"""What each cause is called; docs/reports.md explains them."""


@dataclass(slots=True)
class Sums:
    """What some orders come to: `spent` by when they were sent, `refunded` by when they were seen to have ended."""

    orders: int = 0
    spent: Decimal = ZERO
    refunded: Decimal = ZERO
    #: Orders whose cost is not known, and ended ones that do not tell how much comes back: they count as 0.
    unpriced: int = 0

    @property
    def net(self) -> Decimal:
        """What the orders cost after all."""
        return self.spent - self.refunded

    def count_sent(self, some: Iterable[Sent]) -> None:
        """Count orders that were sent; one that was placed elsewhere was paid before it came here."""
        paid = [ZERO if one.attempts == 0 else one.paid for one in some]
        known = [one for one in paid if one is not None]
        self.orders += len(paid)
        self.unpriced += len(paid) - len(known)
        self.spent += sum(known, ZERO)

    def count_ended(self, some: Iterable[Ended]) -> None:
        """Count what the ends of orders promise to bring back."""
        for found in filter(None, map(bill, some)):
            self.unpriced += found.refund is None
            self.refunded += found.refund or ZERO

    def add(self, other: Sums) -> None:
        """Count those of another, too."""
        self.orders += other.orders
        self.spent += other.spent
        self.refunded += other.refunded
        self.unpriced += other.unpriced


class Wallet(NamedTuple):
    """What the wallet says of the month."""

    opening: Reading
    closing: Reading
    top_ups: tuple[Move, ...]

    @property
    def topped_up(self) -> Decimal:
        """What was put in."""
        return sum((one.amount for one in self.top_ups), ZERO)

    @property
    def spent(self) -> Decimal:
        """What left it, refunds taken off."""
        return self.opening.amount + self.topped_up - self.closing.amount


@dataclass(frozen=True)
class Statement:
    """The statement of one account. `causes` add up to the difference, to the last digit."""

    panel: str
    currency: str | None
    total: Sums
    #: None where there are not two readings of it.
    wallet: Wallet | None = None
    causes: Mapping[Cause, Decimal] = field(default_factory=dict)
    #: Refunds to claim, and charges for orders that are unknown or were given up.
    owed: tuple[Amount, ...] = ()
    lost: tuple[Amount, ...] = ()
    #: Refunds of which it cannot be told whether they came.
    unclear: tuple[Unclear, ...] = ()
    unexplained: tuple[Move, ...] = ()
    rows: Mapping[str, Sums] = field(default_factory=dict)

    @property
    def difference(self) -> Decimal | None:
        """By how much more the wallet lost than the orders cost; None where the wallet was not read."""
        return None if self.wallet is None else self.wallet.spent - self.total.net

    @property
    def unclear_refunds(self) -> Iterator[Amount]:
        """Every refund of which it cannot be told whether it came; one may be in several places."""
        return (one for each in self.unclear for one in each.refunds)


def statement(
    panel: str, currency: str | None, total: Sums, rows: Mapping[str, Sums], found: Retraced, span: tuple[int, int]
) -> Statement:  # fmt: skip
    """Put what the orders cost beside what the wallet's moves were for."""
    opening, closing = found.opening, found.closing
    if opening is None or closing is None or opening.reading.at >= closing.reading.at:
        return Statement(panel, currency, total, rows=rows)
    begin, end = opening.reading.at, closing.reading.at
    top_ups = tuple(one for one in found.top_ups if begin < one.at <= end)
    owed = tuple(_within(found.owed, span))
    missing, undecided = total_of(owed), total_of(_within(found.undecided, span))
    causes = {
        Cause.OWED: missing,
        Cause.UNCLEAR: sum((one.counted for one in found.unclear if found.is_between(one.at)), ZERO),
        Cause.UNDECIDED: undecided,
        Cause.LOST: found.between(found.lost),
        Cause.EDGE_ORDERS: closing.paid - opening.paid - total.spent,
        Cause.EDGE_REFUNDS: total.refunded - missing - undecided - (closing.refunded - opening.refunded),
        Cause.REST: opening.rest - closing.rest,
        Cause.UNEXPLAINED: found.between(found.unexplained),
    }
    return Statement(
        panel, currency, total, Wallet(opening.reading, closing.reading, top_ups), causes, owed,
        tuple(one for one in found.lost if begin < one.at <= end),
        tuple(one for one in found.unclear if found.is_between(one.at) or _within(one.refunds, span)),
        tuple(one for one in found.unexplained if begin < one.at <= end), rows,
    )  # fmt: skip


def summary(of: Statement) -> list[str]:
    """Say the most important of a statement in lines for a phone; none where nothing was ordered."""
    if not of.total.orders and not of.total.refunded:
        return []
    lines = [
        f"{of.panel}: {_shown(of, of.total.spent)} (orders: {of.total.orders:,})",
        f"to come back: {_shown(of, of.total.refunded)}",
        f"net: {_shown(of, of.total.net)}",
    ]
    if of.wallet is not None and of.difference is not None:
        lines.append(f"spent, as the wallet says: {_shown(of, of.wallet.spent)}")
        parts = ((Cause.OWED, "refunds to claim"), (Cause.UNEXPLAINED, "unexplained"))
        lines += [f"{what}: {_shown(of, of.causes[cause])}" for cause, what in parts if of.causes[cause]]
    if of.unclear:
        lines.append(
            f"refunds that cannot be told apart: {len({one.order_id for one in of.unclear_refunds}):,}"
        )
    return lines


def _shown(of: Statement, amount: Decimal) -> str:
    return money.shown(amount, of.currency)


def totals(statements: Iterable[Statement]) -> dict[str | None, Sums]:
    """Return what the orders of several accounts come to, for each currency."""
    found: dict[str | None, Sums] = {}
    for one in statements:
        found.setdefault(one.currency, Sums()).add(one.total)
    return found


def _within(amounts: Iterable[Amount], span: tuple[int, int]) -> list[Amount]:
    return [one for one in amounts if span[0] <= one.at < span[1]]
