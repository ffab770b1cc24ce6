"""What the readings prove about orders whose answer was lost. Pure: readings in, verdicts out, with reasons.

That an order arrived can be proven: by an id above the last own one, which the panel calls ours and no local
order owns, and whose charge is the expected one. That it will never arrive can be, once late arrivals have had their
time: by the ids below a later own one, all denied, or by a wallet that it was never taken from. So an order is adopted
where exactly one pair fits, and everything else is held for the operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from tracker.orders.ledger import Mark
from tracker.reconciliation.fit import UNSEEN, Fit, Fits, decided, fit
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.reconciliation.pairs import pairs_in_order
from tracker.reconciliation.wallet import Wallet, mark_after, wallet_says

IN_ORDER = "`tracker resolve --adopt-in-order` pairs them in the order in which they were sent"


class Ruling(StrEnum):
    """What is to become of an unknown order."""

    ADOPT = "adopt"
    HOLD = "hold"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readings say of one unknown order, and why."""

    order_id: int
    ruling: Ruling
    reasons: tuple[str, ...]
    panel_order_id: str | None = None
    #: Of an absent order: whether both the ids and the wallet prove it, which sending again needs.
    is_proven_twice: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The verdicts of one check, and what else the ids and the wallet showed."""

    verdicts: tuple[Verdict, ...]
    #: Ids that none of the lost orders can explain.
    unexplained_ids: tuple[str, ...] = ()
    #: The reading of the wallet, as what comes later is compared with it.
    mark: Mark | None = None
    #: The lost orders, by their local ids, that the wallet had not been charged for by then.
    uncharged: frozenset[int] = frozenset()


def fits_of(readings: Readings, lost_orders: Sequence[LostOrder]) -> Fits:
    """Return whether each id may be each lost order's own."""
    return decided(
        {
            (lost.order_id, one): fit(lost, one, report, readings.sightings.get(one, UNSEEN))
            for lost in lost_orders
            for one, report in readings.strangers.items()
        }
    )


def verdicts_on(readings: Readings, lost_orders: Sequence[LostOrder]) -> Findings:
    """Return a verdict on every lost order that is still unknown."""
    fits = fits_of(readings, lost_orders)
    wallets = {
        lost.order_id: wallet_says(lost, readings.wallet, lost_orders, readings.ended) for lost in lost_orders
    }
    verdicts = tuple(
        _rule(lost, wallets[lost.order_id], readings, lost_orders, fits)
        for lost in lost_orders
        if lost.is_open
    )
    fitting = {one for (_, one), how in fits.items() if how is not Fit.NO}
    unexplained = tuple(one for one in readings.strangers if one not in fitting)
    uncharged = frozenset(one for one, wallet in wallets.items() if wallet is Wallet.NOT_CHARGED)
    mark = (
        None
        if readings.wallet is None
        else mark_after(readings.wallet, lost_orders, wallets, _adopted(verdicts, readings))
    )
    return Findings(verdicts, () if readings.is_shared else unexplained, mark, uncharged)


def _adopted(verdicts: Iterable[Verdict], readings: Readings) -> dict[int, Decimal | None]:
    """Return what the orders that are adopted were charged, by their local ids."""
    return {
        one.order_id: readings.strangers[one.panel_order_id].charge
        for one in verdicts
        if one.ruling is Ruling.ADOPT and one.panel_order_id is not None
    }


def with_wallet(lost: LostOrder, findings: Findings) -> LostOrder:
    """Note the newest reading that proves that an order was not charged: what comes later is compared with that one."""
    if lost.order_id not in findings.uncharged:
        return lost
    return replace(lost, before=findings.mark, is_clear=lost.is_clear or lost.is_settled)


def is_paired(reasons: Iterable[str]) -> bool:
    """Tell whether the reasons of a verdict say that an order has arrived, together with others that look alike."""
    return any(IN_ORDER in why for why in reasons)


def _rule(
    lost: LostOrder, wallet: Wallet, readings: Readings, lost_orders: Sequence[LostOrder], fits: Fits
) -> Verdict:
    note = f"{wallet}: {readings.wallet_note}" if readings.wallet is None else str(wallet)
    found = [one for one in readings.strangers if fits[lost.order_id, one] is not Fit.NO]
    if readings.doubt is not None:
        return _hold(lost, f"no automatic verdict: {readings.doubt}", *_seen(found), note)
    if readings.is_shared:
        return _hold(lost, "others order from this account too: what fits may be theirs", *_seen(found), note)
    if not found:
        return _rule_without_id(lost, wallet, _of_ids(lost, readings), note)
    objection = _objection(lost, found, lost_orders, fits, wallet)
    if objection is not None:
        return _hold(lost, objection, *_seen(found), note)
    why = f"order {found[0]} is ours, fits in charge and quantity, and no other order here can own it"
    return Verdict(lost.order_id, Ruling.ADOPT, (why, note), found[0])


def _objection(
    lost: LostOrder, found: list[str], lost_orders: Sequence[LostOrder], fits: Fits, wallet: Wallet
) -> str | None:
    """Say what rules out adopting; None when exactly one id fits exactly this order."""
    pairs = pairs_in_order(lost, lost_orders, fits)
    if len(pairs) > 1:
        among, ids = (
            ", ".join(str(one) for one in part)
            for part in zip(*((a.order_id, b) for a, b in pairs), strict=True)
        )
        return f"orders {among} have all arrived, as {ids}; which is which cannot be known: {IN_ORDER}"
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


def _of_ids(lost: LostOrder, readings: Readings) -> str:
    """Say what is known of the ids that an order could have, none of which fits it."""
    if lost.ids_denied:
        return f"the panel denied every id between {lost.newest_id} and {lost.ceiling}, twice"
    if readings.unasked is not None:
        return readings.unasked
    if lost.newest_id is None:
        return "no id was asked about: no id of the account was known when it was sent"
    return "no order at the panel fits it so far, and some ids near it are still open"


def _rule_without_id(lost: LostOrder, wallet: Wallet, ids: str, note: str) -> Verdict:
    """Say whether an order that no id fits was proven never to have been taken."""
    if not lost.is_settled:
        return _hold(lost, ids, "it may still arrive", note)
    is_clear = wallet is Wallet.NOT_CHARGED or (lost.is_clear and wallet is not Wallet.CHARGED)
    is_proven = is_clear or wallet is Wallet.ACCOUNTED or lost.ids_denied or lost.is_absent
    if wallet is Wallet.CHARGED or not is_proven:
        return _hold(lost, ids, note)
    return Verdict(lost.order_id, Ruling.ABSENT, (ids, note), is_proven_twice=is_clear and lost.ids_denied)


def _hold(lost: LostOrder, *reasons: str) -> Verdict:
    return Verdict(lost.order_id, Ruling.HOLD, reasons)


def _seen(found: Sequence[str]) -> list[str]:
    return [f"ids that fit: {', '.join(found[:5])}"] if found else []
