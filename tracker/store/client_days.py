"""Counts what a client's orders of a day cost, so that no more is queued than its limit allows.

The sum is kept beside the orders, as to add up a day at each of them would take longer and longer. It is a bound: an
order that ended cheaper is seen when all are added up anew. That happens when the bound has reached the limit, and each
minute, and never more often than the time allows that it takes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tracker.lib import money
from tracker.lib.times import MINUTE
from tracker.orders.order import State
from tracker.store.database import Database

REST = 1000
"""Microseconds that pass for each order that was added up, before they are again: it takes a hundredth of that."""

_DAY = "SELECT since, cost, orders, counted_at FROM client_days WHERE client = ?"
_KEEP = """
    INSERT INTO client_days (client, since, cost, orders, counted_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (client) DO UPDATE SET since = excluded.since, cost = excluded.cost, orders = excluded.orders,
    counted_at = excluded.counted_at
"""
_ADD_UP = """
    SELECT o.state, o.charge, COALESCE(o.expected_charge, c.expected), COUNT(*)
    FROM client_orders c JOIN orders o ON o.id = c.order_id WHERE c.client = ? AND c.at >= ? GROUP BY 1, 2, 3
"""
_FREE = frozenset({State.REJECTED, State.DROPPED})


class UnknownCost(Exception):
    """What an order of the day costs is not known, so that no limit can be kept."""


class _Day(NamedTuple):
    since: int
    cost: Decimal
    orders: int
    counted_at: int


def spend(db: Database, client: str, cost: Decimal, limit: Decimal, since: int, now: int) -> bool:
    """Count one more order of a client, whose day began at `since`; False, and it is not counted, beyond the limit.

    Inside the transaction that queues the order, and with the lock of the queue. UnknownCost where another order of
    the day has no known cost.
    """
    day = _read(db, client)
    if day is None or day.since != since or _is_due(day, day.cost + cost > limit, now):
        day = _added_up(db, client, since, now)
    is_within = day.cost + cost <= limit
    if is_within:
        day = day._replace(cost=day.cost + cost, orders=day.orders + 1)
    db.many(_KEEP, [(client, day.since, money.text(day.cost), day.orders, day.counted_at)])
    return is_within


def _read(db: Database, client: str) -> _Day | None:
    found = db.sql(_DAY, (client,))
    if not found:
        return None
    since, cost, orders, counted_at = found[0]
    return _Day(since, Decimal(cost), orders, counted_at)


def _is_due(day: _Day, is_beyond: bool, now: int) -> bool:
    """Tell whether to add the orders up anew; after the clock was set back too."""
    age = now - day.counted_at
    return age < 0 or age >= max(day.orders * REST, 0 if is_beyond else MINUTE)


def _added_up(db: Database, client: str, since: int, now: int) -> _Day:
    total, orders = Decimal(0), 0
    for state, charge, expected, count in db.sql(_ADD_UP, (client, since)):
        total += count * _cost(State(state), money.read(charge), money.read(expected))
        orders += count
    return _Day(since, total, orders, now)


def _cost(state: State, charge: Decimal | None, expected: Decimal | None) -> Decimal:
    if state in _FREE:
        return Decimal(0)
    if charge is None and state is State.CANCELED:
        return Decimal(0)
    known = charge if charge is not None else expected
    if known is None:
        raise UnknownCost
    return known
