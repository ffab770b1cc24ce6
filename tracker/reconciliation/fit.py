"""Whether an id that the panel calls ours may be a lost order's own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from tracker.orders.answers import Report
from tracker.orders.cost import is_other_series, is_same_series
from tracker.orders.ids import counter_of
from tracker.orders.refunds import REFUNDED
from tracker.reconciliation.lost_order import LostOrder, Sighting

UNSEEN = Sighting()

Fits = Mapping[tuple[int, str], "Fit"]
"""Whether an id may be a lost order's, by the local id and the panel's."""


class Fit(StrEnum):
    """Whether an id may be a lost order's own."""

    YES = "yes"
    MAYBE = "maybe"
    #: It was refunded by another amount than such an order would be: it is this one's only if it is no other's.
    UNLIKELY = "unlikely"
    NO = "no"


def fit(lost: LostOrder, panel_order_id: str, report: Report, sighting: Sighting = UNSEEN) -> Fit:
    """Say whether an id that the panel calls ours may be the lost order's own."""
    if not _in_window(lost, panel_order_id) or _is_of_another_time(lost, sighting):
        return Fit.NO
    if _has_too_much_left(lost, report) or is_other_series(report, lost.order):
        return Fit.NO
    if lost.newest_id is not None and report.charge is None and is_same_series(report, lost.order):
        return Fit.YES  # what says as much as a charge, which panels do not report of these
    if lost.newest_id is None or lost.expected_charge is None or report.charge is None:
        return Fit.MAYBE
    if report.charge == lost.expected_charge:
        return Fit.YES
    return _fit_of_refunded(lost.expected_charge, lost.quantity, report.charge, report)


def _fit_of_refunded(expected: Decimal, quantity: int | None, charge: Decimal, report: Report) -> Fit:
    """Compare a lowered charge with that of the part of the order that was delivered."""
    # Some panels lower the charge by what they give back.
    if report.state not in REFUNDED or charge >= expected:
        return Fit.NO
    if not quantity or report.remains is None:
        return Fit.MAYBE
    delivered = expected * (quantity - report.remains) / quantity
    # Panels round: by less than one in the last place that they write.
    last_place = Decimal(1).scaleb(int(charge.as_tuple().exponent))
    is_equal = charge == delivered or (charge > 0 and abs(charge - delivered) < last_place)
    return Fit.YES if is_equal else Fit.UNLIKELY


def decided(fits: Fits) -> Fits:
    """Settle what is unlikely: it is ruled out where the id surely fits another order, and else is possible."""
    sure = {one for (_, one), how in fits.items() if how is Fit.YES}
    return {
        pair: how if how is not Fit.UNLIKELY else Fit.NO if pair[1] in sure else Fit.MAYBE
        for pair, how in fits.items()
    }


def _in_window(lost: LostOrder, panel_order_id: str) -> bool:
    number = counter_of(panel_order_id) or 0
    above = lost.newest_id is None or number > lost.newest_id
    return number > 0 and above and (lost.ceiling is None or number < lost.ceiling)


def _is_of_another_time(lost: LostOrder, sighting: Sighting) -> bool:
    """Tell whether the id was given before the order was sent, or when it could not arrive any more."""
    if lost.is_absent:
        return True
    was_seen = sighting.seen_by is not None and lost.attempt_id > sighting.seen_by
    return was_seen or (sighting.denied_past is not None and lost.attempt_id <= sighting.denied_past)


def _has_too_much_left(lost: LostOrder, report: Report) -> bool:
    return lost.quantity is not None and report.remains is not None and report.remains > lost.quantity
