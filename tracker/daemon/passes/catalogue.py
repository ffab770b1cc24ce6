"""The pass that reads the catalogue, and notifies of what changed of the services in use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from tracker.accounts.account import calling_hold
from tracker.accounts.breaker import after_failure, after_success
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.balance import OTHERS_DELAY
from tracker.daemon.passes.forecast import update_forecast
from tracker.events import Event, Notice
from tracker.lib.times import DAY, MINUTE
from tracker.orders.answers import Catalogue as ReadCatalogue
from tracker.orders.answers import Failure, Reason, Service
from tracker.orders.catalogue import differences, fault_in
from tracker.orders.cost import FAMILY, CostRules
from tracker.orders.unread import catalogue_warnings
from tracker.store import catalogue, orders, outbox
from tracker.store.database import Database

log = structlog.get_logger(__name__)

MISSING_DELAY = 5 * MINUTE
"""How soon the catalogue is read again from which a service in use is missing: panels drop lines by mistake."""

FAILURE_DELAY = 5 * MINUTE
"""How soon a catalogue is read again that could not be read."""

IN_USE = 30 * DAY
"""How long ago an order may have been completed for its service to count as one in use."""

NAMED = 8
"""Changes and orders that a message names before it only counts them."""


class Catalogue:
    """Reads the catalogue of one panel account. Of two threads that `run`, the second waits for the first's reading."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        #: Services in use that the newest reading lacked; they are believed gone when the next one lacks them too.
        self._missing_once: frozenset[str] = frozenset()
        #: Whether the panel itself answered when it was asked last, be it with an error.
        self.is_heard = False
        self._reading = threading.Lock()

    def run(self) -> int:
        """Read the catalogue, unless another daemon does; return how long to wait, in microseconds."""
        return self._once(self._run)

    def ask(self) -> int:
        """Read the catalogue whatever its age, to learn whether the panel answers here and now; return as `run`."""
        return self._once(self._read_unless_another_does)

    def _once(self, read: Callable[[], int]) -> int:
        before = self._read_at()
        with self._reading:
            if self._read_at() == before:
                return read()
            # Read meanwhile by another thread: what is sent next is to know the prices, not to ask for them again.
            self.is_heard = True
            return self.context.schedule.services

    def _read_at(self) -> int | None:
        return catalogue.services_at(self.context.db, self.context.name)

    def _run(self) -> int:
        context, every = self.context, self.context.schedule.services
        age = context.now() - (self._read_at() or 0)
        if context.db.shared and 0 <= age < every and not self._missing_once:
            return every - age  # another daemon has read it
        return self._read_unless_another_does()

    def _read_unless_another_does(self) -> int:
        with self.context.db.lease(f"services:{self.context.name}") as lease:
            return self._read() if lease.holds() else min(self.context.schedule.services, OTHERS_DELAY)

    def _read(self) -> int:
        context, every = self.context, self.context.schedule.services
        hold = calling_hold(context.account(), context.now())
        if hold is not None:
            return context.delay_until(hold.until, MINUTE)
        found = context.dialect.read_services(context.client.call(context.dialect.services()))
        now = context.now()
        self.is_heard = not isinstance(found, Failure) or found.heard
        if self.is_heard:
            self._note_answer()
        if isinstance(found, Failure):
            log.warning("panel.call_failed", panel=context.name, action="services", why=found.why)
            if found.reason in (Reason.RATE, Reason.ACCOUNT):
                context.update_account(partial(after_failure, failure=found, now=now))
            # Any other failure may be of this answer alone: it must not keep orders from being sent.
            return min(every, FAILURE_DELAY)
        for warning in catalogue_warnings(found):
            log.warning("catalogue.unread", panel=context.name, what=warning)
        # An empty catalogue would reject the whole queue; a panel that sells nothing is a panel at fault.
        self._missing_once = (
            replace_catalogue(
                context.db, context.name, found, now, self._missing_once, context.dialect.cost_rules
            )
            if found
            else frozenset()
        )
        update_forecast(context)
        return min(every, MISSING_DELAY) if self._missing_once else every

    def _note_answer(self) -> None:
        context = self.context
        was_down = context.account().down_at is not None
        context.update_account(after_success)
        if was_down:
            context.wake("submit")
            context.wake("track")


def replace_catalogue(
    db: Database,
    panel: str,
    found: list[Service],
    now: int,
    missing_once: frozenset[str] | None = None,
    rules: CostRules = FAMILY,
) -> frozenset[str]:
    """Keep a catalogue that was read, and notify of what changed of the services in use.

    A service in use that is missing is kept until a second reading lacks it too; returns the ids of those.
    `missing_once` are those that an earlier reading lacked; None believes this reading at once.
    """
    before = {service.id: service for service in catalogue.services(db, panel)}
    found = [*found, *_still_listed(found, before)]
    after = {service.id: service for service in found}
    with db.transaction():
        changed = differences(before, after)
        in_use = orders.services_in_use(db, panel, changed, now - IN_USE) if changed else set()
        doubtful = {
            one
            for one in changed.keys() & in_use
            if one not in after and missing_once is not None and one not in missing_once
        }
        catalogue.replace_catalogue(db, panel, [*found, *(before[one] for one in sorted(doubtful))], now)
        confirmed = {one: what for one, what in changed.items() if one in in_use and one not in doubtful}
        if confirmed:
            outbox.post(db, [_service_notice(db, panel, confirmed, after, rules)], now)
    catalogue.fix_prices(db, panel)
    return frozenset(doubtful)


def _still_listed(found: Sequence[Service], before: Mapping[str, Service]) -> list[Service]:
    """Return what was known of services whose lines cannot be read now: they are listed, so they are not gone."""
    broken = found.broken if isinstance(found, ReadCatalogue) else ()
    ids = {line.service_id for line in broken} - {service.id for service in found}
    return [service for service_id, service in before.items() if service_id in ids]


def _service_notice(
    db: Database, panel: str, changed: Mapping[str, str], after: Mapping[str, Service], rules: CostRules
) -> Notice:
    stranded = []
    for order in orders.queued_for(db, panel, list(changed)):
        fault = fault_in(order, after.get(order.service), rules)
        if fault is not None:
            stranded.append(f"order {order.id}{f' ({order.ref})' if order.ref else ''}: {fault}")
    facts = {
        "count": len(changed), "changes": list(changed.values())[:NAMED],
        "more": max(0, len(changed) - NAMED) or None,
        "stranded_count": len(stranded) or None, "stranded": stranded[:NAMED],
    }  # fmt: skip
    return Notice(Event.SERVICE_CHANGED, panel, facts=facts)
