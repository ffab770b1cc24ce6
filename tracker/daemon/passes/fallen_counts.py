"""Finds orders whose count fell among those that were polled, and asks for a refill of each by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from tracker.daemon.context import PanelContext
from tracker.orders.answers import Report, Said
from tracker.orders.order import Order
from tracker.orders.polling import RECHECKS
from tracker.orders.requests import (
    AUTOMATIC,
    WATCHED_LOOKS,
    Kind,
    has_fallen,
    may_ask_by_itself,
    service_fault,
)
from tracker.store import catalogue, requests

log = structlog.get_logger(__name__)


class FallenCounts:
    """Asks for refills of one panel's orders, where the config says so."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context

    def rechecks(self, service: str) -> Sequence[int]:
        """Return when orders of a service are looked at once they are over: daily where a refill may be asked for."""
        return WATCHED_LOOKS if self._is_refilled(service) else RECHECKS

    def _is_refilled(self, service: str) -> bool:
        context = self._context
        if not context.refills_itself:
            return False
        return service_fault(Kind.REFILL, catalogue.service(context.db, context.name, service)) is None

    def among(self, answers: Iterable[tuple[Order, Said | None]]) -> list[Order]:
        """Return the orders whose count fell, and which may be refilled."""
        if not self._context.refills_itself:
            return []
        fallen = [order for order, said in answers if isinstance(said, Report) and has_fallen(order, said)]
        return [order for order in fallen if self._is_refilled(order.service)]

    def ask(self, order: Order, now: int) -> None:
        """Record that a refill is to be asked for, unless that was done of late or in vain; in a transaction."""
        context = self._context
        if may_ask_by_itself(requests.of_order(context.db, order.id), now):
            requests.queue(context.db, order, Kind.REFILL, AUTOMATIC, now)
            log.info("order.count_fell", panel=context.name, order=order.id)
            context.wake("requests")
