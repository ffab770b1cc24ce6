"""The pass that reads the catalogue, and tells what changed of the services in use."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.events import Event, Notice
from tracker.lib.times import DAY, MINUTE
from tracker.orders.answers import Service
from tracker.orders.catalogue import differences, fault_in
from tracker.store import catalogue, orders, outbox
from tracker.store.database import Database

MISSING_DELAY = 5 * MINUTE
"""How soon the catalogue is read again from which a service vanished that is in use: panels drop lines by mistake."""


IN_USE = 30 * DAY
"""How long ago an order may have been completed for its service to count as one that is used."""


NAMED = 8
"""Changes and orders that a message names before it only counts them."""


def replace_catalogue(
    db: Database, panel: str, found: list[Service], now: int, vanished: frozenset[str] | None = None
) -> frozenset[str]:
    """Keep a catalogue that was read, and tell what changed of the services in use.

    A service in use that vanished is kept until a second reading lacks it too; returns the ids of those.
    `vanished` are the ones that an earlier reading lacked; None takes this reading at its word.
    """
    before = {service.id: service for service in catalogue.services(db, panel)}
    after = {service.id: service for service in found}
    with db.transaction():
        changed = differences(before, after)
        in_use = orders.services_in_use(db, panel, changed, now - IN_USE) if changed else set()
        doubtful = {
            one
            for one in changed.keys() & in_use
            if one not in after and vanished is not None and one not in vanished
        }
        catalogue.keep_services(db, panel, [*found, *(before[one] for one in sorted(doubtful))], now)
        told = {one: what for one, what in changed.items() if one in in_use and one not in doubtful}
        if told:
            outbox.post(db, [_service_notice(db, panel, told, after)], now)
    return frozenset(doubtful)


def _service_notice(
    db: Database, panel: str, told: Mapping[str, str], after: Mapping[str, Service]
) -> Notice:
    stranded = []
    for order in orders.queued_for(db, panel, list(told)):
        fault = fault_in(order, after.get(order.service))
        if fault is not None:
            stranded.append(f"order {order.id}{f' ({order.ref})' if order.ref else ''}: {fault}")
    facts = {
        "count": len(told), "changes": list(told.values())[:NAMED], "more": max(0, len(told) - NAMED) or None,
        "stranded_count": len(stranded) or None, "stranded": stranded[:NAMED],
    }  # fmt: skip
    return Notice(Event.SERVICE_CHANGED, panel, facts=facts)
