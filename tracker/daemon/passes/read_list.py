"""Looks for lost orders in the panel's list of the account's recent orders, where its dialect names one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import structlog

from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import NotAdopted, adopt
from tracker.daemon.passes.series import Poll, parts_among
from tracker.orders.answers import Failure, Listing
from tracker.orders.order import Order
from tracker.orders.resolution import By
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.listed_orders import (
    Ledger,
    OwnOrder,
    View,
    is_missing,
    verdicts_by_list,
)
from tracker.reconciliation.lost_order import LostOrder
from tracker.reconciliation.outcome import after_verdict
from tracker.store import changes, evidence, listed

log = structlog.get_logger(__name__)

LISTED = 500
"""How many orders are asked for: those of some hours at a busy account."""


OTHERS = "others order from this account too"


class ReadList:
    """Reads the list of one panel account. `poll` writes what the panel says of some active orders."""

    def __init__(self, context: PanelContext, poll: Poll) -> None:
        self.context = context
        self._poll = poll
        #: When each lost order was first missing in a list after its settle time, by a clock that nobody can set.
        self._missing_since: dict[int, int] = {}

    def run(self, lost_orders: Sequence[LostOrder], resend_max: Decimal | None) -> None:
        """Ask for the list if an order is lost, and write what it proves."""
        context = self.context
        if context.dialect.orders_action is None or not any(lost.is_open for lost in lost_orders):
            return
        listing = context.dialect.read_orders(context.client.call(context.dialect.orders(LISTED)))
        if isinstance(listing, Failure):
            log.warning("panel.call_failed", panel=context.name, action="orders", why=listing.why)
            return
        view = self._view(listing, lost_orders)
        by_id = {lost.order_id: lost for lost in lost_orders}
        self._missing_since = {one: since for one, since in self._missing_since.items() if one in by_id}
        for verdict in verdicts_by_list(view, lost_orders):
            self._write(verdict, by_id[verdict.order_id], resend_max)

    def _view(self, listing: Listing, lost_orders: Sequence[LostOrder]) -> View:
        context, account = self.context, self.context.account()
        view = View(
            listing=listing,
            ledger=self._ledger(listing, lost_orders),
            at=context.now(),
            settle=context.unknown.settle,
            ids_grow=context.dialect.ids_grow,
            shared=OTHERS if context.panel.account == "shared" else account.doubt or account.ids_doubt,
        )
        missed = frozenset(lost.order_id for lost in lost_orders if self._was_missed(view, lost))
        return replace(view, missed=missed)

    def _was_missed(self, view: View, lost: LostOrder) -> bool:
        """Tell whether the order was missing already in a list of at least `settle` ago."""
        if not is_missing(view, lost):
            self._missing_since.pop(lost.order_id, None)
            return False
        elapsed = self.context.elapsed()
        since = self._missing_since.setdefault(lost.order_id, elapsed)
        return elapsed - since >= self.context.unknown.settle

    def _ledger(self, listing: Listing, lost_orders: Sequence[LostOrder]) -> Ledger:
        db, panel = self.context.db, self.context.name
        ids = [row.panel_order_id for row in listing.rows]
        earliest = min(lost.order.submitted_at or lost.lost_at for lost in lost_orders if lost.is_open)
        seen = evidence.strangers(db, panel, acknowledged=True)
        said = {row.panel_order_id: row.report for row in listing.rows if row.report is not None}
        made = parts_among(self.context, self._poll, said)
        return Ledger(
            {one: _own(order) for one, order in listed.owners(db, panel, ids).items()},
            [_own(order) for order in listed.sent_since(db, panel, earliest)],
            frozenset(str(number) for number in seen),
            made.known,
            made.possible,
        )

    def _write(self, verdict: Verdict, lost: LostOrder, resend_max: Decimal | None) -> None:
        context, now = self.context, self.context.now()
        if verdict.ruling is Ruling.HOLD and (lost.order.due_at or 0) > now:
            return  # an order that is only held again is checked on its schedule
        with context.db.transaction():
            absent = [lost.order_id] if verdict.ruling is Ruling.ABSENT else []
            evidence.keep_progress(context.db, [lost], absent, now)
            evidence.keep_check(context.db, [verdict], {"list": True}, now)
        if verdict.ruling is Ruling.ADOPT and verdict.panel_order_id is not None:
            found = adopt(context, lost.order, verdict.panel_order_id, By.LISTED)
            if isinstance(found, NotAdopted):
                log.warning("order.not_adopted", panel=context.name, order=lost.order_id, why=found.why)
        elif verdict.ruling is Ruling.ABSENT:
            change = after_verdict(lost.order, verdict, None, resend_max, now, now)
            if change.moved:  # what is only held keeps its schedule
                changes.apply(context.db, [change], now)


def _own(order: Order) -> OwnOrder:
    return OwnOrder(order, order.submitted_at or order.created_at)
