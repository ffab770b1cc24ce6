"""The pass that notices orders which the panel has, and with which nothing goes on."""

from __future__ import annotations

from tracker.daemon.context import PanelContext
from tracker.lib.times import MINUTE
from tracker.orders.status import SHORTEST_STALL, after_future_progress, after_stall, stall_limit
from tracker.store import changes, orders, standing, uptime
from tracker.store.due_times import SKEW

EVERY = 5 * MINUTE
"""How long a look may be late; an order is reported after hours."""


class Stalls:
    """Looks at the active orders of one panel that have made no progress for long."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context

    def run(self) -> int:
        """Look once; return how long to wait, in microseconds."""
        db, now = self.context.db, self.context.now()
        clock_set_at = uptime.read(db).set_at(now)
        for service in standing.services(db, self.context.name):
            self._date_anew(service, now)
            self._report(service, clock_set_at, now)
        return EVERY

    def _date_anew(self, service: str, now: int) -> None:
        """Date progress now that a wrong clock has dated ahead; of very many orders, the rest in the next look."""
        db = self.context.db
        with db.transaction():
            ahead = standing.progressed_after(db, self.context.name, service, now + SKEW)
            changes.apply(db, [after_future_progress(order, now) for order in ahead], now)

    def _report(self, service: str, clock_set_at: int, now: int) -> None:
        """Report what stands still, a page in each transaction: it may be all that a panel has."""
        context, db = self.context, self.context.db
        limit = stall_limit(orders.durations(db, context.name, service), context.schedule.stuck)
        longest = max(limit.longest, SHORTEST_STALL)
        place = standing.BEGIN
        while not context.stopping.is_set():
            with db.transaction():
                page = standing.still_for(db, context.name, service, longest, now, place)
                decided = [after_stall(order, limit, now, clock_set_at) for order in page]
                changes.apply(db, [change for change in decided if change is not None], now)
            if not page:
                return
            place = standing.place_of(page[-1])
