"""Compares the wallet with what the queue should cost, whenever one of the two was read."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from tracker.accounts.balance import after_forecast, runway
from tracker.daemon.context import PanelContext
from tracker.lib.times import DAY
from tracker.orders.answers import Service
from tracker.orders.cost import FAMILY, CostRules, charge_for, expected_charge
from tracker.orders.kinds import Counted, kind_named
from tracker.store import accounts, catalogue, queue
from tracker.store.database import Database


def update_forecast(context: PanelContext) -> None:
    """Notify before orders are refused for lack of funds, and when the wallet suffices again."""
    now = context.now()
    cost = queue_cost(context.db, context.name, context.dialect.cost_rules)
    lasts = recent_runway(context, now)
    context.update_account(partial(after_forecast, needed=cost, now=now, runway=lasts))


def recent_runway(context: PanelContext, now: int) -> int | None:
    """Return how long the wallet lasts at the pace of the last day, in microseconds; None when that is unknown."""
    return runway(accounts.balances_since(context.db, context.name, now - DAY))


def queue_cost(db: Database, panel: str, rules: CostRules = FAMILY) -> Decimal:
    """Return what all that is queued should cost, as far as that is known: a subscription's posts are not in it."""
    prices = {service.id: service for service in catalogue.services(db, panel)}
    total = Decimal(0)
    for service_id, orders, quantity in queue.queued_plainly(db, panel):
        total += _cost_of_plain(prices.get(service_id), orders, quantity)
    for order in queue.queued_otherwise(db, panel):
        total += expected_charge(order, prices.get(order.service), rules) or 0
    return total


def _cost_of_plain(service: Service | None, orders: int, quantity: int) -> Decimal:
    """Return what so many orders with nothing but a quantity cost together."""
    if service is None or service.price is None:
        return Decimal(0)
    kind = kind_named(service.type)
    if kind is not None and kind.counted is Counted.POSTS:
        return Decimal(0)
    return charge_for(service.price, orders if kind and kind.is_priced_whole else quantity)
