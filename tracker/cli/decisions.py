"""Writes what you decided about orders, and prints the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from tracker.cli.output import order_json, print_json
from tracker.cli.session import Refused, Session
from tracker.cli.streams import note_done
from tracker.lib.clock import now
from tracker.lib.times import about
from tracker.orders.change import OrderChange
from tracker.orders.order import Order
from tracker.store import asks, changes


def write_decision(
    session: Session, found: Sequence[Order], decide: Callable[[Order, int], OrderChange], as_json: bool
) -> None:
    """Write a decision about these orders; Refused when one of them has changed since it was read."""
    written = changes.apply(session.db, [decide(order, now()) for order in found], now())
    for change in written:
        note_done(_sentence(change.after))
    for change in written:
        print_state(change.after, as_json)
    if len(written) < len(found):
        raise Refused("an order changed its state meanwhile; `tracker list` shows its state")


def refuse_while_asked(session: Session, order: Order) -> None:
    """Refuse to give up or to queue again what is on its way to the panel once more, or may be."""
    at = now()
    until = asks.open_until(session.db, order.id, at)
    if until is not None:
        raise Refused(
            f"order {order.id}: the panel is being asked for it once more, which may place it; try again in "
            f"{about(until - at)}. Nothing was changed."
        )


def print_state(order: Order, as_json: bool) -> None:
    """Print the state that an order has now."""
    if as_json:
        print_json(order_json(order))
    else:
        click.echo(f"{_sentence(order)}.")


def _sentence(order: Order) -> str:
    return f"Order {order.id} is now {order.state}"
