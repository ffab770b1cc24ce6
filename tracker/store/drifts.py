"""Keeps which services are known to have become slower, so that each drift is told once."""

from __future__ import annotations

from tracker.events import Notice
from tracker.orders.drift import Drift
from tracker.store import outbox
from tracker.store.database import Database

_ENDED = """
    SELECT DISTINCT service FROM orders WHERE finished_at > ? AND panel || '' = ? AND state || '' = 'completed'
"""
"""By the time of the end and by no other index: few orders ended of late."""
_SLOWER = "SELECT service, usual FROM service_figures WHERE panel = ? AND slower_at IS NOT NULL"
_BEGIN = """
    UPDATE service_figures SET usual = ?, slower_at = ? WHERE panel = ? AND service = ? AND slower_at IS NULL
"""
_END = """
    UPDATE service_figures SET usual = NULL, slower_at = NULL
    WHERE panel = ? AND service = ? AND slower_at IS NOT NULL
"""


def ended_since(db: Database, panel: str, since: int) -> list[str]:
    """Return the services of which an order was completed since then."""
    return sorted(service for (service,) in db.sql(_ENDED, (since, panel)))


def slower(db: Database, panel: str) -> dict[str, int]:
    """Return the services that are known to be slower, and how long their orders took before, in microseconds."""
    return dict(db.sql(_SLOWER, (panel,)))


def keep(db: Database, panel: str, service: str, found: Drift, notice: Notice, now: int) -> bool:
    """Note a drift or its end, and post its notice; False when another daemon was first."""
    with db.transaction():
        if found.is_over:
            count = db.many(_END, [(panel, service)])
        else:
            count = db.many(_BEGIN, [(found.usual, now, panel, service)])
        if count:
            outbox.post(db, [notice], now)
    return bool(count)
