"""`resolve`: your decision about an unknown order."""

from __future__ import annotations

from collections.abc import Mapping

import click

from tracker.cli.clients import client_of
from tracker.cli.completers import complete_orders_in
from tracker.cli.no_daemon import warn_without_daemon
from tracker.cli.orders.decisions import print_decided
from tracker.cli.orders.find_order import find_order
from tracker.cli.orders.history import checks_json
from tracker.cli.orders.page import print_checks
from tracker.cli.output import json_option
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.terminal import screen
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import adopted_or_refused
from tracker.daemon.passes.reconcile import Reconcile
from tracker.daemon.passes.track import Track
from tracker.lib.clock import now
from tracker.operations import decisions
from tracker.orders.order import Order, State
from tracker.orders.resolution import By
from tracker.store import evidence, order_history


@click.command()
@click.argument("order", shell_complete=complete_orders_in(State.UNKNOWN))
@click.option(
    "--adopt",
    "panel_order_id",
    metavar="PANEL_ID",
    help="The panel took the order, under this id. The panel is asked for it first.",
)
@click.option(
    "--adopt-in-order",
    is_flag=True,
    help="Several lost orders of one price face as many ids: pair them in the order in which they were sent.",
)
@click.option("--release", is_flag=True, help="The panel did not take the order: queue it again.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
@pass_session
def resolve(
    session: Session,
    order: str,
    panel_order_id: str | None,
    adopt_in_order: bool,
    release: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Decide about an ORDER whose outcome is unknown.

    Look at the panel's own page first. ORDER is the id or the ref; with --adopt-in-order, of any of the orders.
    """
    if (panel_order_id is not None) + adopt_in_order + release != 1:
        raise Refused("add one of --adopt PANEL_ID, --adopt-in-order and --release")
    found = find_order(session, order)
    if found.state is not State.UNKNOWN:
        raise Refused(f"order {found.id} is {found.state}; only unknown orders can be resolved")
    if panel_order_id is not None:
        _adopt(session, found, panel_order_id, as_json)
    elif adopt_in_order:
        _adopt_in_order(session, found, yes, as_json)
    else:
        _release(session, found, yes, as_json)


def _adopt(session: Session, order: Order, panel_order_id: str, as_json: bool) -> None:
    adopted = adopted_or_refused(_context(session, order.panel), order, panel_order_id.strip(), By.OPERATOR)
    print_decided([adopted], 1, as_json)


def _adopt_in_order(session: Session, order: Order, yes: bool, as_json: bool) -> None:
    context = _context(session, order.panel)
    pairs = Reconcile(context, Track(context).poll).pairs(order)
    if len(pairs) < 2:
        raise Refused(
            f"order {order.id} is not one of several lost orders that face exactly as many ids; "
            f"`tracker show {order.id}` says what is known of it"
        )
    for lost, panel_order_id in pairs:
        screen.say(f"order {lost.order_id} ({lost.order.link}) is {panel_order_id}", err=True)
    if not yes:
        what = "They cost the same, and all were taken; only which is which may be wrong. Take them so?"
        click.confirm(what, abort=True, err=True)
    for lost, panel_order_id in pairs:
        _adopt(session, lost.order, panel_order_id, as_json)


def _context(session: Session, name: str) -> PanelContext:
    """Return what a pass of this panel needs, for a single run."""
    panel, config = session.panel(name), session.config
    return PanelContext(panel, config.schedule, config.unknown, client_of(session, panel), session.db)


def _release(session: Session, order: Order, yes: bool, as_json: bool) -> None:
    decisions.refuse_while_asked(session.db, order, now())
    if not yes:
        _show_evidence(order_history.changes_of(session.db, order)[-1].evidence, order)
        print_checks(checks_json(evidence.checks(session.db, order.id)), session.config.timezone, err=True)
        click.confirm("Queue it again? If the panel did take it, you pay for it twice.", abort=True, err=True)
    print_decided(decisions.release(session.db, order, By.OPERATOR, now()), 1, as_json)
    warn_without_daemon(session)


def _show_evidence(facts: Mapping[str, object], order: Order) -> None:
    screen.say(f"Order {order.id}: {order.last_error}", err=True)
    for name, value in facts.items():
        if value is not None:
            screen.say(f"  {name.replace('_', ' ')}: {value}", err=True)
