"""Remembers of which months the report was sent: alerts are pruned, and a report must not be sent twice."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.events import Notice
from tracker.store import outbox
from tracker.store.database import Database

_TOLD = "SELECT 1 FROM told_months WHERE month = ?"
_TELL = "INSERT INTO told_months (month, at) VALUES (?, ?) ON CONFLICT DO NOTHING"


def is_told(db: Database, month: str) -> bool:
    """Tell whether the report of a month was sent."""
    return bool(db.sql(_TOLD, (month,)))


def tell(db: Database, month: str, notices: Sequence[Notice], now: int) -> bool:
    """Note that a month's report is sent, and post it; False when another daemon was first."""
    with db.transaction():
        is_first = db.many(_TELL, [(month, now)]) == 1
        if is_first:
            outbox.post(db, notices, now)
    return is_first
