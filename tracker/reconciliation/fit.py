"""Whether an id that the panel calls ours may be a lost order's own. Pure."""

from __future__ import annotations

from enum import StrEnum

from tracker.orders.answers import Report
from tracker.orders.cost import is_other_series, is_same_series
from tracker.orders.ids import counter_of
from tracker.orders.order import State
from tracker.reconciliation.lost_order import LostOrder, Sighting

UNSEEN = Sighting()


class Fit(StrEnum):
    """Whether an id may be a lost order's own."""

    YES = "yes"
    MAYBE = "maybe"
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
    # Some panels lower the charge of an order that they refund.
    refunded = report.state in (State.PARTIAL, State.CANCELED, State.FAILED)
    return Fit.MAYBE if refunded and report.charge < lost.expected_charge else Fit.NO


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
