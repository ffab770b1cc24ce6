"""`tag`: puts tags on orders, and takes them away."""

from __future__ import annotations

import click

from tracker.cli.completers import complete_orders
from tracker.cli.orders.find_order import find_order
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.operations import decisions
from tracker.orders.order_json import order_json


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ORDER...", shell_complete=complete_orders)
@click.option("--add", "added", multiple=True, metavar="TAG", help="Put this tag on them; several.")
@click.option("--remove", "removed", multiple=True, metavar="TAG", help="Take this tag away; several.")
@json_option
@pass_session
def tag(
    session: Session, names: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...], as_json: bool
) -> None:
    """Put tags on orders, or take them away, whatever their state.

    ORDER is the id or the ref.
    """
    if not added and not removed:
        raise Refused("say which tags: --add TAG or --remove TAG")
    found = {order.id: order for order in (find_order(session, name) for name in names)}
    for order in decisions.tag(session.db, list(found.values()), added, removed, now()):
        said = f"Order {order.id} has {'the tags ' + ' '.join(order.tags) if order.tags else 'no tags'}"
        note_done(said)
        if as_json:
            print_json(order_json(order))
        else:
            screen.say(f"{said}.")
