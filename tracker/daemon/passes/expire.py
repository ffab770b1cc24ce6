"""The pass that gives up the orders that were not sent by the time that was named for them, whatever holds them back.

Only what is queued: an order whose request is on the wire, or whose answer was lost, may have been paid for.
"""

from __future__ import annotations

from tracker.lib.times import SECOND
from tracker.orders.resolution import after_expiry
from tracker.store import changes, counters, orders
from tracker.store.database import Database

AT_A_TIME = 500

CHECK_EVERY = 5 * SECOND
"""How often, at least, it is looked for: other processes queue orders too."""


def expire(db: Database, now: int) -> int:
    """Give up what has expired; return how long to wait, in microseconds."""
    panels = [panel for panel, states in counters.counts(db).items() if states.get("queued")]
    for panel in panels:
        while _expire_some(db, panel, now) == AT_A_TIME:
            pass
    times = [orders.next_expiry(db, panel) for panel in panels]
    return min([CHECK_EVERY, *(max(0, at - now) for at in times if at is not None)])


def _expire_some(db: Database, panel: str, now: int) -> int:
    if (orders.next_expiry(db, panel) or now + 1) > now:
        return 0
    with db.transaction():
        found = orders.expired(db, panel, AT_A_TIME, now)
        changes.apply(db, [after_expiry(order, now) for order in found], now)
    return len(found)
