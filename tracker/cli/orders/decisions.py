"""Prints what you decided about orders, and the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.cli.output import print_json
from tracker.cli.session import Refused
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.times import rfc3339
from tracker.operations.decisions import CHANGED
from tracker.orders.order import Order
from tracker.orders.order_json import order_json
from tracker.orders.why_held import why_held


def print_decided(changed: Sequence[Order], meant: int, as_json: bool) -> None:
    """Print the states that orders have now; Refused when fewer were changed than were meant."""
    _print(changed, meant, as_json, lambda order: f"Order {order.id} is now {order.state}")


def print_approved(approved: Sequence[Order], meant: int, as_json: bool) -> None:
    """Print which orders were approved, and what holds them all the same; Refused as for `print_decided`."""
    _print(approved, meant, as_json, _approved)


def _print(changed: Sequence[Order], meant: int, as_json: bool, sentence: Callable[[Order], str]) -> None:
    for order in changed:
        note_done(sentence(order))
    for order in changed:
        if as_json:
            print_json(order_json(order))
        else:
            screen.say(f"{sentence(order)}.")
    if len(changed) < meant:
        raise Refused(CHANGED)


def _approved(order: Order) -> str:
    if order.held is None:
        return f"Order {order.id} is approved"
    return f"Order {order.id} is approved, and still held: {why_held(order, rfc3339)}"
