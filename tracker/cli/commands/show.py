"""`show`: one order, its history and its evidence."""

from __future__ import annotations

import click

from tracker.cli.completers import complete_orders
from tracker.cli.orders.find_order import find_order
from tracker.cli.orders.history import checks_json, history_json, requests_json
from tracker.cli.orders.page import print_checks, print_history, print_order, print_requests
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.visible import one_line
from tracker.operations.limits import cure
from tracker.operations.paired import is_paired
from tracker.operations.unlisted import lines_to_add
from tracker.operations.waiting import why_queued
from tracker.orders.order import Order, State
from tracker.orders.order_json import order_json
from tracker.store import catalogue, clients, evidence, order_history, requests


@click.command()
@click.argument("order", shell_complete=complete_orders)
@click.option("--wide", is_flag=True, help="Cut nothing, however long a link is.")
@json_option
@pass_session
def show(session: Session, order: str, wide: bool, as_json: bool) -> None:
    """Show one ORDER, its history and its evidence.

    ORDER is the id or the ref.
    """
    found = find_order(session, order)
    changes = order_history.changes_of(session.view, found)
    history = history_json(changes)
    made = clients.of_orders(session.view, [found.id]).get(found.id)
    checks = checks_json(evidence.checks(session.view, found.id))
    asked = requests.of_order(session.view, found.id)
    calls = requests.calls(session.view, {one.call_id for one in asked if one.call_id is not None})
    panel = session.config.panels.get(found.panel)
    unknown = session.config.unknown
    waits = None if panel is None else why_queued(session.view, unknown, panel, found, now())
    if as_json:
        cost = {
            "expected_charge": money.text(found.expected_charge), "units": found.total, "parts": found.parts,
        }  # fmt: skip
        by = {"waits": waits, "client": made and made.client, "client_ref": made and made.ref}
        told = {"history": history, "evidence": checks, "requests": requests_json(asked, calls)}
        print_json({**order_json(found), **cost, **by, **told})
        return
    zone = session.config.timezone
    print_order(found, zone, catalogue.names(session.view, found.panel).get(found.service), wide, made)
    print_history(history, zone)
    print_checks(checks, zone)
    print_requests(requests_json(asked, {}), zone)
    if waits is not None:
        click.echo()
        screen.say(f"It waits: {waits}.")
    lines = lines_to_add(found, changes, panel)
    if lines:
        click.echo()
        screen.say(_HOW_TO_LIST)
        for line in lines:
            click.echo(f"  {one_line(line)}")
    if (how := cure(found)) is not None:
        click.echo()
        screen.say(f"To go on: {how}.")
    if found.state is State.UNKNOWN:
        click.echo()
        _print_choices(found, is_paired(session.view, found))


def _print_choices(order: Order, has_arrived: bool) -> None:
    """Say how a lost order is settled; `has_arrived` says that it has arrived, with others that look alike."""
    if has_arrived:
        screen.say(
            "The panel has this order. Which one is not known, as others that cost the same were lost too:"
        )
        screen.say(f"  tracker resolve {order.id} --adopt-in-order   names the pairs, and asks")
        return
    screen.say("The panel may have taken this order. Look for it on the panel's own page, then run one of:")
    screen.say(
        f"  tracker resolve {order.id} --adopt PANEL_ID   it is there, under that id\n"
        f"  tracker resolve {order.id} --release          it is not there: queue it again\n"
        f"  tracker drop {order.id}                       it is not there, and you no longer want it"
    )


_HOW_TO_LIST = (
    "The panel's words are not known. If you are sure what they mean, add this to the config under the right key (a "
    "shorter beginning, if the rest may differ), then run `tracker reload`:"
)
