"""Finds the order that a command names."""

from __future__ import annotations

import click

from tracker.cli.session import Refused, Session
from tracker.orders.order import Order
from tracker.store import orders


class NoSuchOrder(click.ClickException):
    """No order has that id or ref: exit code 3."""

    exit_code = 3


def find_order(session: Session, name: str) -> Order:
    """Find an order by its local id or its ref; `id:7` and `ref:7` say which is meant."""
    kind, _, rest = name.partition(":")
    if kind == "id" and rest.isdecimal():
        return _found(_by_id(session, rest), name)
    by_ref = orders.by_ref(session.view, rest if kind == "ref" else name)
    by_id = _by_id(session, name)
    if by_ref and by_id and by_ref.id != by_id.id:
        raise Refused(f"{name} is the id of one order and the ref of another; write id:{name} or ref:{name}")
    return _found(by_ref or by_id, name)


def _by_id(session: Session, text: str) -> Order | None:
    """Find an order by its local id; a number that no database holds is nobody's."""
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    return orders.by_id(session.view, int(text)) if is_id else None


def _found(order: Order | None, name: str) -> Order:
    if order is None:
        raise NoSuchOrder(f"there is no order {name}; `tracker list` shows the orders")
    return order
