"""What the panel's own list of recent orders says of those whose answers were lost. Pure.

A row with the service, link and quantity of exactly one lost order, and no other such row, is that order: a link says
more than an id and a charge. That a lost order is not in the list proves that it never arrived only if the list is
understood (each of our own rows says what we ordered), reaches back before it was sent, lacks none of our orders since
then, and was made when late arrivals had had their time: that shows by an own order that was sent after that.

Absent from a list is not enough to be sent again; the wallet must be clear as well (`LostOrder.is_clear`). What loses
an answer is often what breaks an order on its way into the panel's books: it may be paid for, and hidden from the list
until it is repaired. The ids would not help, as they are answered from the same books; the wallet is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.lib.times import MINUTE
from tracker.orders.answers import ListedOrder, Listing
from tracker.orders.cost import is_other_series
from tracker.orders.ids import counter_of, is_above
from tracker.orders.kinds import lines_in
from tracker.orders.links import same_link
from tracker.orders.order import Order, State
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.lost_order import LostOrder

CLOCKS = 5 * MINUTE
"""By how much the panel's clock may differ from ours."""

REGISTERS = MINUTE
"""For how long a panel may leave a new order out of its list."""


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """An order here whose id is known, and when it was sent."""

    order: Order
    sent_at: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known here of the orders that a list may hold."""

    #: The owner of each listed id that an order here has.
    owners: Mapping[str, OwnOrder]
    #: Orders here with an id that were sent after the earliest lost one: the list must have them all.
    since: Sequence[OwnOrder]
    #: Ids that the operator has seen and that are no order of this queue.
    acknowledged: frozenset[str] = frozenset()
    #: Ids of orders that the panel itself has made, for a drip-feed or a subscription from here, and ids that may be.
    parts: frozenset[str] = frozenset()
    perhaps_parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """One list, and when it was asked for."""

    listing: Listing
    ledger: Ledger
    at: int
    #: How long late arrivals have their time.
    settle: int
    ids_grow: bool = True
    #: Why a row may be a stranger's; None on an account that only this queue uses.
    shared: str | None = None
    #: Lost orders that were missing in a list, too, that was made `settle` ago or more and after their settle time.
    missed: frozenset[int] = frozenset()


def verdicts_by_list(view: View, lost_orders: Sequence[LostOrder]) -> list[Verdict]:
    """Return a verdict on every lost order that is still unknown."""
    return [_rule(lost, view, lost_orders) for lost in lost_orders if lost.is_open]


def is_missing(view: View, lost: LostOrder) -> bool:
    """Tell whether a list that can be trusted, made after the settle time, has nothing that could be the order."""
    return lost.is_settled and not _near(lost, view) and gap_in(view, lost) is None


def _rule(lost: LostOrder, view: View, lost_orders: Sequence[LostOrder]) -> Verdict:
    found = [row for row in view.listing.rows if _may_own(lost, row, view)]
    if not found:
        return _without_row(lost, view)
    rows = ", ".join(row.panel_order_id for row in found[:5])
    why = _objection(lost, found, view, lost_orders)
    if why is not None:
        return _hold(lost, f"the panel lists {rows} with its service, link and quantity, but {why}")
    reason = f"the panel lists {rows} with its service, link and quantity, and nothing else that fits"
    return Verdict(lost.order_id, Ruling.ADOPT, (reason,), found[0].panel_order_id)


def _objection(
    lost: LostOrder, found: Sequence[ListedOrder], view: View, lost_orders: Sequence[LostOrder]
) -> str | None:
    if len(found) > 1:
        return f"{len(found)} fit"
    rivals = [
        str(other.order_id)
        for other in lost_orders
        if other.order_id != lost.order_id and _may_own(other, found[0], view)
    ]
    if rivals:
        return f"it fits order {', '.join(rivals[:5])} as well"
    if view.shared is not None:
        return f"it may be somebody else's: {view.shared}"
    if found[0].panel_order_id in view.ledger.perhaps_parts:
        return "it may be a part of another order from here"
    if not _is_surely_later(lost, found[0], view):
        return "nothing shows that it was placed after this order was sent"
    if found[0].report is None or not _costs_the_same(lost, found[0]):
        return "its charge or its status does not fit"
    return None


def _may_own(lost: LostOrder, row: ListedOrder, view: View) -> bool:
    """Tell whether a row may be the lost order's: it asks for the same, nobody here owns it, and it is not older."""
    return _is_free(row, view) and asks_for_same(lost.order, row) and not _is_surely_older(lost, row, view)


def _is_free(row: ListedOrder, view: View) -> bool:
    ledger, order_id = view.ledger, row.panel_order_id
    return not any(order_id in ids for ids in (ledger.owners, ledger.acknowledged, ledger.parts))


def asks_for_same(order: Order, row: ListedOrder) -> bool:
    """Tell whether a row has an order's service, link and quantity."""
    quantities = _quantities(order)
    return (
        row.service == order.service
        and row.link is not None
        and same_link(row.link, order.link)
        and (not quantities or row.quantity in quantities)
        and (row.report is None or not is_other_series(row.report, order))
    )


def _quantities(order: Order) -> set[int]:
    """Return what a panel may list as an order's quantity: of a drip-feed, one run or all; none where it may be any."""
    if order.units == 0:
        return set()  # a package, or a subscription
    return {one for one in (order.quantity, order.units, lines_in(order.comments)) if one}


def _is_surely_older(lost: LostOrder, row: ListedOrder, view: View) -> bool:
    if row.at is not None and row.at < _sent_at(lost) - CLOCKS:
        return True
    known = lost.newest_id if view.ids_grow else None
    return known is not None and not is_above(row.panel_order_id, str(known))


def _is_surely_later(lost: LostOrder, row: ListedOrder, view: View) -> bool:
    """Tell whether an id above the newest one then, or the panel's own date, shows that it was placed after that."""
    by_id = view.ids_grow and lost.newest_id is not None and counter_of(row.panel_order_id) is not None
    return by_id or row.at is not None


def _sent_at(lost: LostOrder) -> int:
    return lost.order.submitted_at or lost.lost_at


def _costs_the_same(lost: LostOrder, row: ListedOrder) -> bool:
    report = row.report
    if report is None or report.charge is None or lost.expected_charge is None:
        return True
    # Some panels lower the charge of an order that they refund.
    refunded = report.state in (State.PARTIAL, State.CANCELED, State.FAILED)
    return report.charge == lost.expected_charge or (refunded and report.charge < lost.expected_charge)


# -- absence ----------------------------------------------------------------------------------------------


def _without_row(lost: LostOrder, view: View) -> Verdict:
    near = _near(lost, view)
    if near:
        return _hold(
            lost, f"the panel lists {', '.join(near[:5])}, which may be this order, written otherwise"
        )
    gap = gap_in(view, lost)
    if gap is not None:
        return _hold(lost, f"the panel's list has nothing that fits it, but {gap}")
    if not lost.is_settled:
        return _hold(lost, "the panel's list has nothing that fits it; it may still arrive")
    if not _is_fresh(lost, view) and lost.order_id not in view.missed:
        return _hold(lost, "the panel's list has nothing that fits it; another list must show the same")
    why = "the panel's list of orders reaches back before it, without it"
    return Verdict(lost.order_id, Ruling.ABSENT, (why,), is_proven_twice=lost.is_clear)


def _near(lost: LostOrder, view: View) -> list[str]:
    """Return rows that nobody here owns, and that could be the order if something in them is written otherwise."""
    return [
        row.panel_order_id
        for row in view.listing.rows
        if _is_free(row, view) and not _is_surely_older(lost, row, view) and _is_alike(lost.order, row)
    ]


def _is_alike(order: Order, row: ListedOrder) -> bool:
    quantities = _quantities(order)
    differs = [
        row.service not in (None, order.service),
        row.link is not None and not same_link(row.link, order.link),
        row.quantity is not None and bool(quantities) and row.quantity not in quantities,
    ]
    return sum(differs) <= 1


def gap_in(view: View, lost: LostOrder) -> str | None:
    """Say why the absence of a lost order from a list proves nothing; None when it does."""
    owners, listed = view.ledger.owners, {row.panel_order_id for row in view.listing.rows}
    if view.listing.unread:
        return "some of its rows cannot be read"
    misread = [
        row.panel_order_id
        for row in view.listing.rows
        if row.panel_order_id in owners and not asks_for_same(owners[row.panel_order_id].order, row)
    ]
    if misread:
        return f"it says something else of {', '.join(misread[:5])} than what was ordered here"
    if not any(own.sent_at < _sent_at(lost) for own in owners.values()):
        return "no order in it is known to be older"
    left_out = [
        own.order.panel_order_id or ""
        for own in view.ledger.since
        if _sent_at(lost) <= own.sent_at < view.at - REGISTERS and own.order.panel_order_id not in listed
    ]
    return f"it lacks {', '.join(left_out[:5])}, which was sent later" if left_out else None


def _is_fresh(lost: LostOrder, view: View) -> bool:
    """Tell whether the list holds an own order that was sent when late arrivals of the lost one had had their time."""
    settled_at = lost.lost_at + view.settle
    return any(settled_at <= own.sent_at <= view.at for own in view.ledger.owners.values())


def _hold(lost: LostOrder, why: str) -> Verdict:
    return Verdict(lost.order_id, Ruling.HOLD, (why,))
