"""Whether a lost order has arrived, without it being known which of the panel's orders it is."""

from __future__ import annotations

from tracker.orders.order import Order, State
from tracker.reconciliation import evidence as verdicts
from tracker.store import evidence
from tracker.store.database import Database


def is_paired(db: Database, order: Order) -> bool:
    """Tell whether the newest check found that a lost order has arrived, with others that look alike."""
    checks = evidence.checks(db, order.id) if order.state is State.UNKNOWN else []
    return bool(checks) and verdicts.is_paired(checks[-1].reasons)
