"""A person's word on orders: `retry`, `drop` and `resolve`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from tracker.cli.history import checks_json
from tracker.cli.output import json_option, order_json, print_checks, print_json
from tracker.cli.session import Refused, Session
from tracker.orders.order import Order, State

if TYPE_CHECKING:
    from tracker.orders.change import OrderChange


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ORDER...")
@json_option
@click.pass_obj
def retry(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Queue rejected orders again, and dropped ones that were never sent."""
    from tracker.orders.resolution import after_retry, retry_fault
    from tracker.store import orders

    found = _named(session, names)
    for order in found:
        fault = retry_fault(order, orders.was_sent(session.db, order))
        if fault:
            raise Refused(f"order {order.id}: {fault}. Nothing was changed.")
    _apply(session, found, after_retry, as_json)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ORDER...")
@json_option
@click.pass_obj
def drop(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Give up orders that are queued or unknown."""
    from tracker.orders.resolution import after_drop, drop_fault

    found = _named(session, names)
    for order in found:
        fault = drop_fault(order)
        if fault:
            raise Refused(f"order {order.id}: {fault}. Nothing was changed.")
    _apply(session, found, after_drop, as_json)


def _named(session: Session, names: Sequence[str]) -> list[Order]:
    """Return the orders of these names, each once."""
    found = [session.order(name) for name in names]
    return list({order.id: order for order in found}.values())


def _apply(
    session: Session, found: list[Order], decide: Callable[[Order, int], OrderChange], as_json: bool
) -> None:
    from tracker.lib.clock import now
    from tracker.store import changes

    written = changes.apply(session.db, [decide(order, now()) for order in found], now())
    for change in written:
        _print(change.after, as_json)
    if len(written) < len(found):
        raise Refused("an order moved while this ran; `tracker list` shows how it stands now")


def _print(order: Order, as_json: bool) -> None:
    if as_json:
        print_json(order_json(order))
    else:
        click.echo(f"Order {order.id} is {order.state} now.")


@click.command()
@click.argument("order")
@click.option(
    "--adopt", metavar="PANEL_ID", help="The panel took it, under this id; checked with the panel first."
)
@click.option("--release", is_flag=True, help="The panel did not take it: queue it again.")
@click.option("--yes", is_flag=True, help="Do not ask to confirm.")
@json_option
@click.pass_obj
def resolve(session: Session, order: str, adopt: str | None, release: bool, yes: bool, as_json: bool) -> None:
    """Settle an unknown ORDER, once you have looked at the panel's own page."""
    if (adopt is None) == (not release):
        raise Refused("say --adopt PANEL_ID or --release")
    found = session.order(order)
    if found.state is not State.UNKNOWN:
        raise Refused(f"order {found.id} is {found.state}; only unknown orders are resolved")
    if adopt is not None:
        _adopt(session, found, adopt, as_json)
    else:
        _release(session, found, yes, as_json)


def _adopt(session: Session, order: Order, panel_order_id: str, as_json: bool) -> None:
    from tracker.daemon.passes.adopt import NotAdopted, adopt
    from tracker.orders.resolution import By

    context = session.context(session.panel(order.panel))
    outcome = adopt(context, order, panel_order_id.strip(), By.OPERATOR)
    if isinstance(outcome, NotAdopted):
        raise Refused(f"order {order.id} stays unknown: {outcome.why}")
    _print(outcome.order, as_json)


def _release(session: Session, order: Order, yes: bool, as_json: bool) -> None:
    from tracker.orders.resolution import By, after_release
    from tracker.store import evidence, orders

    if not yes:
        _show_evidence(orders.history(session.db, order)[-1].evidence, order)
        print_checks(checks_json(evidence.checks(session.db, order.id)), err=True)
        click.confirm(
            "Queue it again? If the panel did take it, it will be paid twice.", abort=True, err=True
        )
    _apply(session, [order], lambda found, at: after_release(found, By.OPERATOR, at), as_json)


def _show_evidence(evidence: dict[str, object], order: Order) -> None:
    click.echo(f"Order {order.id}: {order.last_error}", err=True)
    for name, value in evidence.items():
        if value is not None:
            click.echo(f"  {name.replace('_', ' ')}: {value}", err=True)
