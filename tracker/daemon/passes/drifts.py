"""The pass that notices when the orders of a service take longer than they did."""

from __future__ import annotations

import structlog

from tracker.daemon.context import PanelContext
from tracker.events import Event, Notice
from tracker.lib.times import DAY, MINUTE, about
from tracker.orders.drift import NEWEST, Drift, drift
from tracker.store import catalogue, drifts, orders

log = structlog.get_logger(__name__)

EVERY = 10 * MINUTE

LATELY = DAY
"""How long ago orders may have been completed at the first look after a start."""


class Drifts:
    """Looks at the services of one panel of which orders were completed since the last look."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self._looked_at: int | None = None

    def run(self) -> int:
        """Look once; return how long to wait, in microseconds."""
        context, now = self.context, self.context.now()
        since = now - LATELY if self._looked_at is None else min(now, self._looked_at)
        known = drifts.slower(context.db, context.name)
        for service in drifts.ended_since(context.db, context.name, since):
            found = drift(orders.durations(context.db, context.name, service), known.get(service))
            if found is not None:
                self._tell(service, found, now)
        self._looked_at = now
        return EVERY

    def _tell(self, service: str, found: Drift, now: int) -> None:
        context = self.context
        name = catalogue.names_of(context.db, context.name, [service]).get(service)
        facts = {
            "which": f"{service} ({name})" if name else service, "service": service, "count": NEWEST,
            "newest": about(found.newest), "usual": about(found.usual), **({"kind": "over"} if found.is_over else {}),
        }  # fmt: skip
        notice = Notice(Event.SERVICE_SLOWER, context.name, facts=facts)
        if drifts.keep(context.db, context.name, service, found, notice, now):
            log.info(
                "service.drifted",
                panel=context.name,
                service=service,
                newest=about(found.newest),
                usual=about(found.usual),
            )
