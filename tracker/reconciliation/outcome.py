"""What a verdict makes of a lost order. Pure: verdicts in, an `OrderChange` out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracker.events import Event
from tracker.orders.answers import Report
from tracker.orders.change import OrderChange, about_order, settled
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_adopt
from tracker.reconciliation.evidence import Ruling, Verdict, is_paired


def after_verdict(
    order: Order,
    verdict: Verdict,
    report: Report | None,
    resend_max: Decimal | None,
    now: int,
    next_at: int,
) -> OrderChange:
    """Adopt, queue again, or hold an unknown order; `resend_max` is None where nothing is sent again."""
    if verdict.ruling is Ruling.ADOPT and verdict.panel_order_id and report is not None:
        adopted = after_adopt(order, verdict.panel_order_id, report, By.EVIDENCE, now)
        return replace(adopted, evidence={**adopted.evidence, "reasons": list(verdict.reasons)})
    if verdict.is_proven_twice and _may_resend(order, resend_max):
        return _queued_again(order, verdict, now)
    held = order._replace(checked_at=now, due_at=next_at)
    # The incident lasts; this renews the facts for its reminders.
    kind: dict[str, Any] = {"kind": "paired"} if is_paired(verdict.reasons) else {}
    reasons = list(verdict.reasons)
    known = about_order(Event.ORDER_UNKNOWN, held, why=order.last_error, reasons=reasons, **kind)
    return OrderChange(order, held, "checked; held", notices=(known,))


def _may_resend(order: Order, resend_max: Decimal | None) -> bool:
    return (
        resend_max is not None and order.expected_charge is not None and order.expected_charge <= resend_max
    )


def _queued_again(order: Order, verdict: Verdict, now: int) -> OrderChange:
    after = order._replace(state=State.QUEUED, last_error=None, checked_at=None, due_at=now)
    evidence = {"by": str(By.EVIDENCE), "reasons": list(verdict.reasons)}
    why = "sent again: proven absent, as `unknown.resend` allows"
    return OrderChange(
        order, after, why, evidence, (settled(after, "the panel never took it; it is sent again"),)
    )
