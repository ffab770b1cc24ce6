"""`refill` and `cancel`: what is asked of a panel about orders that it has."""

from __future__ import annotations

import click

from tracker.cli.completers import orders_argument
from tracker.cli.no_daemon import warn_without_daemon
from tracker.cli.orders.find_order import find_order
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.operations.requesting import Asked, ask
from tracker.orders.order import State
from tracker.orders.order_json import order_json
from tracker.orders.request_json import request_json
from tracker.orders.requests import Kind
from tracker.orders.resolution import By

_anyway = click.option(
    "--anyway", is_flag=True, help="Ask even if the catalogue says that the service does not have it."
)


@click.command()
@orders_argument(State.COMPLETED, State.PARTIAL)
@_anyway
@json_option
@pass_session
def refill(session: Session, names: tuple[str, ...], anyway: bool, as_json: bool) -> None:
    """Ask the panel to refill orders whose count fell.

    ORDER is the id or the ref of an order that is completed or partial. The daemon asks, once; you are notified when
    the panel has refilled it, or refuses.
    """
    _ask(session, Kind.REFILL, names, anyway, as_json)


@click.command()
@orders_argument(State.ACTIVE)
@_anyway
@json_option
@pass_session
def cancel(session: Session, names: tuple[str, ...], anyway: bool, as_json: bool) -> None:
    """Ask the panel to cancel orders that it is carrying out.

    ORDER is the id or the ref of an active order. The daemon asks, once. This is a request and no refund: the order
    stays active until the panel says that it is canceled. `tracker drop` gives up what was not sent yet.
    """
    _ask(session, Kind.CANCEL, names, anyway, as_json)


def _ask(session: Session, kind: Kind, names: tuple[str, ...], anyway: bool, as_json: bool) -> None:
    found = list({order.id: order for order in (find_order(session, name) for name in names)}.values())
    asked = ask(session.db, session.config, kind, found, by=By.OPERATOR, now=now(), anyway=anyway)
    for one in asked:
        note_done(_sentence(one))
    for one in asked:
        if as_json:
            print_json({**order_json(one.order), "request": request_json(one.request)})
        else:
            screen.say(f"{_sentence(one)}.")
    warn_without_daemon(session)


def _sentence(asked: Asked) -> str:
    kind, order = asked.request.kind, asked.order.id
    if not asked.is_new:
        return f"A {kind} of order {order} was queued before, and is {asked.request.state}"
    return f"A {kind} of order {order} is queued"
