"""Holds the lost orders of an account when the check of them failed here, so that the others need not wait for it."""

from __future__ import annotations

from functools import partial

from tracker.accounts.audit import flag_discrepancy
from tracker.daemon.context import PanelContext
from tracker.orders.order import State
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.outcome import after_verdict
from tracker.reconciliation.schedule import next_check_at
from tracker.store import changes, evidence, orders


def hold_unchecked(context: PanelContext, error: Exception) -> None:
    """Hold every lost order that was due for the check; end automatic verdicts, and notify of that once."""
    now = context.now()
    why = f"the check failed here: {type(error).__name__}"
    lost = list(orders.listed(context.db, [State.UNKNOWN], context.name, limit=0))
    due = [order for order in lost if (order.due_at or 0) <= now]
    verdicts = [Verdict(order.id, Ruling.HOLD, (why,)) for order in due]
    held = [
        after_verdict(
            order,
            verdict,
            None,
            None,
            now,
            next_check_at(
                min(order.submitted_at or now, now), context.unknown.looks, context.unknown.settle, now
            ),
        )
        for order, verdict in zip(due, verdicts, strict=True)
    ]
    with context.db.transaction():
        evidence.keep_check(context.db, verdicts, {}, now)
        changes.apply(context.db, held, now)
        context.update_account(partial(flag_discrepancy, why=why, kind="check"))
