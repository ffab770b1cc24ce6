"""What the readings prove about orders whose answer was lost. Pure: readings in, verdicts out, with reasons.

That an order arrived can be proven: by an id above the last own one, which the panel calls ours and no local
order owns, and whose charge is the expected one. That it never will arrive cannot: an absence counts only
for the ids below a later own one, and only when late arrivals have had their time. So an order is adopted
where exactly one pair fits, and everything else is held for the operator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from tracker.orders.answers import Report
from tracker.orders.ids import counter_of
from tracker.orders.ledger import Mark, sums, unexplained
from tracker.orders.order import Order, State

MANY = 10
"""With more lost orders than this the wallet is no longer read: the sums of so many charges fit nearly anything."""


class Fit(StrEnum):
    """Whether an id may be an unknown order's own."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Wallet(StrEnum):
    """What the wallet says of one unknown order."""

    CHARGED = "the wallet sank by its charge"
    NOT_CHARGED = "the wallet did not sink by its charge"
    UNCLEAR = "the wallet proves nothing"


class Ruling(StrEnum):
    """What is to become of an unknown order."""

    ADOPT = "adopt"
    HOLD = "hold"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class LostOrder:
    """One order whose answer was lost, and what was known when it was sent. Times are microseconds."""

    order: Order
    lost_at: int
    expected_charge: Decimal | None
    #: The highest own id when it was sent; None when there was none.
    newest_id: int | None
    #: The wallet before it was sent.
    before: Mark | None = None
    #: The first own id that was given after the settle time: whatever is above it is no late arrival.
    ceiling: int | None = None
    #: Whether the panel denied every id between the two, twice.
    ids_denied: bool = False
    #: Whether late arrivals have had their time.
    settled: bool = False

    @property
    def order_id(self) -> int:
        """The local id."""
        return self.order.id

    @property
    def quantity(self) -> int | None:
        """How much was ordered."""
        return self.order.quantity

    @property
    def is_open(self) -> bool:
        """False for an order that the operator settled without an id: it gets no verdict, but an id may be its own."""
        return self.order.state is State.UNKNOWN


@dataclass(frozen=True, slots=True)
class Readings:
    """What one check found out about an account."""

    at: int
    #: None when the wallet was not still, or could not be read; then `wallet_note` says why.
    wallet: Mark | None = None
    wallet_note: str = "the wallet was not read"
    #: Ids that the panel calls ours and that no local order owns.
    strangers: Mapping[str, Report] = field(default_factory=dict)
    #: Why no verdict may be acted upon, when something contradicts what all verdicts rest on.
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readings say of one unknown order, and why."""

    order_id: int
    ruling: Ruling
    reasons: tuple[str, ...]
    panel_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdicts of one check, and the ids that none of the lost orders can explain."""

    verdicts: tuple[Verdict, ...]
    unexplained_ids: tuple[str, ...] = ()


def verdicts_on(readings: Readings, lost_orders: Sequence[LostOrder]) -> Findings:
    """Return a verdict on every lost order that is still unknown."""
    fits = {
        (lost.order_id, one): fit(lost, one, report)
        for lost in lost_orders
        for one, report in readings.strangers.items()
    }
    verdicts = tuple(_rule(lost, readings, lost_orders, fits) for lost in lost_orders if lost.is_open)
    fitting = {one for (_, one), how in fits.items() if how is not Fit.NO}
    return Findings(verdicts, tuple(one for one in readings.strangers if one not in fitting))


def fit(lost: LostOrder, panel_order_id: str, report: Report) -> Fit:
    """Say whether an id that the panel calls ours may be the lost order's own."""
    if not _in_window(lost, panel_order_id) or _has_too_much_left(lost, report):
        return Fit.NO
    if lost.newest_id is None or lost.expected_charge is None or report.charge is None:
        return Fit.MAYBE
    if report.charge == lost.expected_charge:
        return Fit.YES
    # Some panels lower the charge of an order that they refund.
    refunded = report.state in (State.PARTIAL, State.CANCELED, State.FAILED)
    return Fit.MAYBE if refunded and report.charge < lost.expected_charge else Fit.NO


def _in_window(lost: LostOrder, panel_order_id: str) -> bool:
    number = counter_of(panel_order_id) or 0
    above = lost.newest_id is None or number > lost.newest_id
    return number > 0 and above and (lost.ceiling is None or number < lost.ceiling)


def _has_too_much_left(lost: LostOrder, report: Report) -> bool:
    return lost.quantity is not None and report.remains is not None and report.remains > lost.quantity


_Fits = Mapping[tuple[int, str], Fit]


def _rule(lost: LostOrder, readings: Readings, lost_orders: Sequence[LostOrder], fits: _Fits) -> Verdict:
    wallet = wallet_says(lost, readings, lost_orders)
    note = f"{wallet}: {readings.wallet_note}" if readings.wallet is None else str(wallet)
    found = [one for one in readings.strangers if fits[lost.order_id, one] is not Fit.NO]
    if readings.doubt is not None:
        return _hold(lost, f"no automatic verdict: {readings.doubt}", *_seen(found), note)
    if not found:
        return _rule_without_id(lost, wallet, note)
    objection = _objection(lost, found, lost_orders, fits, wallet)
    if objection is not None:
        return _hold(lost, objection, *_seen(found), note)
    why = f"order {found[0]} is ours, fits in charge and quantity, and no other order here can own it"
    return Verdict(lost.order_id, Ruling.ADOPT, (why, note), found[0])


def _objection(
    lost: LostOrder, found: list[str], lost_orders: Sequence[LostOrder], fits: _Fits, wallet: Wallet
) -> str | None:
    """Say what rules out adopting; None when exactly one id fits exactly this order."""
    if len(found) > 1:
        return f"{len(found)} ids fit it: {', '.join(found[:5])}"
    rivals = [
        str(other.order_id)
        for other in lost_orders
        if other.order_id != lost.order_id and fits[other.order_id, found[0]] is not Fit.NO
    ]
    if rivals:
        return f"id {found[0]} fits order {', '.join(rivals[:5])} as well"
    if fits[lost.order_id, found[0]] is Fit.MAYBE:
        return f"id {found[0]} may be it, but its charge cannot be compared"
    if wallet is Wallet.NOT_CHARGED:
        return f"id {found[0]} fits, but the wallet was not charged for it"
    return None


def _rule_without_id(lost: LostOrder, wallet: Wallet, note: str) -> Verdict:
    if not lost.ids_denied:
        return _hold(lost, "no id that fits it is known, and not every id was denied", note)
    denied = f"the panel denied every id between {lost.newest_id} and {lost.ceiling}, twice"
    if not lost.settled:
        return _hold(lost, denied, "it may still arrive", note)
    if wallet is not Wallet.NOT_CHARGED:
        return _hold(lost, denied, note)
    return Verdict(lost.order_id, Ruling.ABSENT, (denied, note))


def wallet_says(lost: LostOrder, readings: Readings, lost_orders: Sequence[LostOrder]) -> Wallet:
    """Say whether the wallet sank by the order's charge, whichever other lost orders it also sank by."""
    others = [other.expected_charge for other in lost_orders if other.order_id != lost.order_id]
    known = [charge for charge in others if charge is not None]
    if lost.expected_charge is None or len(known) < len(others) or len(others) >= MANY:
        return Wallet.UNCLEAR
    if lost.before is None or readings.wallet is None:
        return Wallet.UNCLEAR
    sank = unexplained(lost.before, readings.wallet)
    if sank is None:
        return Wallet.UNCLEAR
    without = any(amount in sank for amount in sums(known))
    with_it = any(amount + lost.expected_charge in sank for amount in sums(known))
    if with_it is without:
        return Wallet.UNCLEAR
    return Wallet.CHARGED if with_it else Wallet.NOT_CHARGED


def _hold(lost: LostOrder, *reasons: str) -> Verdict:
    return Verdict(lost.order_id, Ruling.HOLD, reasons)


def _seen(found: Sequence[str]) -> list[str]:
    return [f"ids that fit: {', '.join(found[:5])}"] if found else []
