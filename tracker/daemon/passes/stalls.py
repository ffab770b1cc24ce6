"""The pass that notices orders which the panel has, and with which nothing goes on."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.daemon.context import PanelContext
from tracker.lib.times import MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.status import SHORTEST_STALL, after_future_progress, after_stall, stall_limit
from tracker.store import changes, orders, standing, uptime

EVERY = 5 * MINUTE
"""How long a look may be late; an order is reported after hours."""


class Stalls:
    """Looks at the active orders of one panel that have made no progress for long."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context

    def run(self) -> int:
        """Look once; return how long to wait, in microseconds."""
        context, now = self.context, self.context.now()
        clock_set_at = uptime.read(context.db).set_at(now)
        for service in standing.services(context.db, context.name):
            with context.db.transaction():
                found = [*self._dated_ahead(service, now), *self._stalled(service, clock_set_at, now)]
                changes.apply(context.db, found, now)
        return EVERY

    def _dated_ahead(self, service: str, now: int) -> Iterator[OrderChange]:
        ahead = standing.progressed_after(self.context.db, self.context.name, service, now)
        return (after_future_progress(order, now) for order in ahead)

    def _stalled(self, service: str, clock_set_at: int, now: int) -> Iterator[OrderChange]:
        context = self.context
        took = orders.durations(context.db, context.name, service)
        limit = stall_limit(took, context.schedule.stuck)
        longest = max(limit.longest, SHORTEST_STALL)
        for order in standing.still_for(context.db, context.name, service, longest, now):
            change = after_stall(order, limit, now, clock_set_at)
            if change is not None:
                yield change
