"""Keeps which program queued which order through the gateway. Read client_days.py next.

A client's ref is a name of its own: two clients may use the same, and none is a ref of the queue. It is stored as the
key of a row that has no ref, as the rows of files are, so that it is unique, outlives its order and is compared in the
same way (duplicates.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from tracker.lib import money
from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import order_columns, order_of, placeholders


class ClientOrder(NamedTuple):
    """Who queued an order through the gateway, and what it should have cost then."""

    client: str
    #: The client's own reference; None where it gave none.
    ref: str | None = None
    expected: Decimal | None = None


_INSERT = "INSERT INTO client_orders (order_id, client, ref, expected, at) VALUES (?, ?, ?, ?, ?)"
_OF_ORDERS = "SELECT order_id, client, ref, expected FROM client_orders WHERE order_id IN ({ids})"
_COLUMNS = order_columns("o").replace("o.comments,", "NULL,")
_OWNED = f"""
    SELECT c.expected, {_COLUMNS} FROM client_orders c JOIN orders o ON o.id = c.order_id
    WHERE c.client = ? AND c.order_id IN ({{ids}})
"""


def key_of(client: str, ref: str) -> str:
    """Return the key under which a client's ref is stored: the parts hold no line break."""
    return f"client\n{client}\n{ref}"


def note(db: Database, order_id: int, made: ClientOrder, now: int) -> None:
    """Record who queued an order; inside the transaction that queues it."""
    db.many(_INSERT, [(order_id, made.client, made.ref, money.text(made.expected), now)])


def of_orders(db: Database, order_ids: Sequence[int]) -> dict[int, ClientOrder]:
    """Return who queued these orders; those that came another way are left out."""
    if not order_ids:
        return {}
    rows = db.sql(_OF_ORDERS.format(ids=placeholders(len(order_ids))), order_ids)
    return {number: ClientOrder(client, ref, money.read(expected)) for number, client, ref, expected in rows}


def owned(db: Database, client: str, order_ids: Sequence[int]) -> dict[int, Order]:
    """Return those of these orders that a client queued, without their comments.

    While the panel was not asked for one, its expected charge is the one of when it was queued.
    """
    if not order_ids:
        return {}
    found = {}
    for expected, *row in db.sql(_OWNED.format(ids=placeholders(len(order_ids))), (client, *order_ids)):
        order = order_of(row)
        if order.expected_charge is None:
            order = order._replace(expected_charge=money.read(expected))
        found[order.id] = order
    return found
