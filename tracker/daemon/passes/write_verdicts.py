"""Writes the verdicts of a check of lost orders: what becomes of each, what is kept of it, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import structlog

from tracker.accounts.audit import after_mark, flag_discrepancy
from tracker.accounts.ids import account_after_adopt
from tracker.daemon.context import PanelContext
from tracker.lib import money
from tracker.orders.answers import Report
from tracker.orders.change import OrderChange
from tracker.orders.order import Order
from tracker.reconciliation.evidence import Findings, Ruling, Verdict, with_wallet
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.reconciliation.outcome import after_verdict
from tracker.reconciliation.schedule import next_check_at
from tracker.store import changes, evidence

log = structlog.get_logger(__name__)


class WriteVerdicts:
    """Writes the verdicts on the lost orders of one panel account."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context

    @property
    def resend_max(self) -> Decimal | None:
        """Up to what charge an order that is proven absent is sent again; None where none is."""
        unknown = self.context.unknown
        return unknown.resend_max if unknown.resend == "when-proven-absent" else None

    def run(
        self, lost_orders: Sequence[LostOrder], readings: Readings, findings: Findings, asked: Sequence[str]
    ) -> None:
        """Write all that one check has found, in one transaction; `asked` are the ids that were asked about."""
        context, now = self.context, readings.at
        by_id = {lost.order.id: lost for lost in lost_orders}
        due = [
            one
            for one in findings.verdicts
            # An order that is only held again is checked on its schedule.
            if one.ruling is not Ruling.HOLD or _is_due(by_id[one.order_id].order, now)
        ]
        decided = [self._decide(verdict, by_id[verdict.order_id], readings) for verdict in due]
        absent = {one.order_id for one in findings.verdicts if one.ruling is Ruling.ABSENT}
        progress = [with_wallet(lost, findings) for lost in lost_orders]
        with context.db.transaction():
            evidence.keep_progress(context.db, progress, absent, now)
            if findings.mark is not None:
                context.update_account(partial(after_mark, mark=findings.mark))
            evidence.keep_check(context.db, due, _facts(readings, asked), now)
            for change in changes.apply(context.db, decided, now):
                self._note_own_id(change)
            self._flag_unexplained(findings)
        if not evidence.any_lost(context.db, context.name):
            evidence.forget_denials(context.db, context.name)

    def _decide(self, verdict: Verdict, lost: LostOrder, readings: Readings) -> OrderChange:
        context = self.context
        ruling = str(verdict.ruling)
        log.info("order.evidence_checked", panel=context.name, order=lost.order.id, ruling=ruling)
        report = readings.strangers.get(verdict.panel_order_id or "")
        next_at = next_check_at(lost.lost_at, context.unknown.looks, context.unknown.settle, readings.at)
        return after_verdict(lost.order, verdict, report, self.resend_max, readings.at, next_at)

    def _note_own_id(self, change: OrderChange) -> None:
        panel_order_id = change.after.panel_order_id
        if panel_order_id is not None:
            self.context.update_account(partial(account_after_adopt, panel_order_id=panel_order_id))

    def _flag_unexplained(self, findings: Findings) -> None:
        """End automatic verdicts when the account has ids that no order here can explain."""
        if not findings.unexplained_ids:
            return
        ids = ", ".join(findings.unexplained_ids[:5])
        why = f"the account has orders that were not placed here: {ids}"
        evidence.keep_unexplained(self.context.db, self.context.name, findings.unexplained_ids)
        self.context.update_account(lambda account: flag_discrepancy(account, why, ids=ids))


def _is_due(order: Order, now: int) -> bool:
    return (order.due_at or 0) <= now


def _facts(readings: Readings, asked: Sequence[str]) -> dict[str, Any]:
    found = {one: _report(report) for one, report in readings.strangers.items()}
    wallet = readings.wallet
    return {
        "balance": None if wallet is None else money.text(wallet.balance),
        "wallet": readings.wallet_note,
        "ids_asked": len(asked),
        "own_ids_found": found,
    }


def _report(report: Report) -> dict[str, Any]:
    return {"status": report.status_text, "charge": money.text(report.charge), "remains": report.remains}
