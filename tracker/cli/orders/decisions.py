"""Prints what you decided about orders, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tracker.cli.output import print_json
from tracker.cli.session import Refused
from tracker.cli.streams import note_done
from tracker.operations.decisions import CHANGED
from tracker.orders.order import Order
from tracker.orders.order_json import order_json


def print_decided(changed: Sequence[Order], meant: int, as_json: bool) -> None:
    """Print the orders that were changed; Refused when they are fewer than were meant."""
    for order in changed:
        note_done(_sentence(order))
    for order in changed:
        _print_state(order, as_json)
    if len(changed) < meant:
        raise Refused(CHANGED)


def _print_state(order: Order, as_json: bool) -> None:
    """Print the state that an order has now."""
    if as_json:
        print_json(order_json(order))
    else:
        click.echo(f"{_sentence(order)}.")


def _sentence(order: Order) -> str:
    return f"Order {order.id} is now {order.state}"
