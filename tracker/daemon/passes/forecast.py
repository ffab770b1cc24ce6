"""Compares the wallet with what the queue should cost, whenever one of the two was read."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from tracker.accounts.balance import after_forecast, runway
from tracker.daemon.context import PanelContext
from tracker.lib.times import DAY
from tracker.orders.catalogue import expected_charge
from tracker.store import accounts, catalogue, queue
from tracker.store.database import Database


def update_forecast(context: PanelContext) -> None:
    """Notify before orders are refused for lack of funds, and when the wallet suffices again."""
    now = context.now()
    cost, lasts = queue_cost(context.db, context.name), recent_runway(context, now)
    context.update_account(partial(after_forecast, needed=cost, now=now, runway=lasts))


def recent_runway(context: PanelContext, now: int) -> int | None:
    """Return how long the wallet lasts at the pace of the last day, in microseconds; None when that is unknown."""
    return runway(accounts.balances_since(context.db, context.name, now - DAY))


def queue_cost(db: Database, panel: str) -> Decimal:
    """Return what all that is queued should cost, as far as prices are known."""
    prices = {service.id: service for service in catalogue.services(db, panel)}
    total = Decimal(0)
    for service_id, quantity in queue.queued_quantities(db, panel):
        service = prices.get(service_id)
        if service is not None and service.price is not None:
            total += service.price * quantity
    for order in queue.queued_without_quantity(db, panel):
        total += expected_charge(order, prices.get(order.service)) or 0
    return total
