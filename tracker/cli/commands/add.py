"""`add`: takes one order in."""

from __future__ import annotations

from typing import TextIO

import click

from tracker.cli import drafts
from tracker.cli.files.rows import Row
from tracker.cli.find_order import find_order
from tracker.cli.output import json_option, order_json, print_json, print_order
from tracker.cli.pruned_orders import pruned_order, pruned_sentence
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.lib import money
from tracker.lib.clock import now
from tracker.orders.catalogue import fault_in
from tracker.orders.cost import Estimate, estimate
from tracker.orders.order import Draft, Order, State
from tracker.orders.unread import service_warnings
from tracker.store import accounts, catalogue, orders, queue


@click.command()
@click.argument("service")
@click.argument("link")
@click.argument("quantity", required=False)
@click.option("--panel", help="The panel to order from. It is needed when the config has more than one.")
@click.option("--ref", help="Your own reference. Queueing the same ref again changes nothing.")
@click.option("--comments", help="The comments, one a line.")
@click.option("--comments-file", type=click.File(encoding="utf-8"), help="A file of comments, one a line.")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field that the service needs."
)
@json_option
@pass_session
def add(
    session: Session, /, fields: tuple[str, ...], comments_file: TextIO | None, as_json: bool, **texts: str | None
) -> None:  # fmt: skip
    """Queue one order; the daemon places it.

    It orders QUANTITY of SERVICE for LINK.
    """
    row: dict[str, object] = {name: text for name, text in texts.items() if text is not None}
    if comments_file is not None:
        if "comments" in row:
            raise Refused("add either --comments or --comments-file, not both")
        row["comments"] = _read(comments_file)
    row["fields"] = dict(_pair(field) for field in fields)
    order, is_new = _enqueue(session, _draft(session, row, session.panel(texts["panel"]).name))
    note_done(f"Order {order.id} {'is queued' if is_new else 'already exists; nothing was queued'}")
    if as_json:
        print_json(order_json(order))
        return
    if not is_new:
        click.echo(f"Order {order.id} already exists; nothing was queued.", err=True)
    print_order(order)
    _print_forecast(session, order)


def _draft(session: Session, row: Row, panel: str) -> Draft:
    try:
        return drafts.draft_of(row, panel, session.reserved())
    except ValueError as error:
        raise Refused(str(error)) from None


def _read(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise Refused(f"{file.name} is not UTF-8 text") from None


def _pair(field: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not equals:
        raise Refused(f"--field {field}: write NAME=VALUE")
    return name, value


def _enqueue(session: Session, draft: Draft) -> tuple[Order, bool]:
    """Queue a draft; return its order, and whether it is new."""
    with session.db.transaction():
        former = dict.fromkeys(session.former_names(draft.panel))
        duplicates = queue.enqueue(session.db, [queue.Entry(draft, former=former)], now())
        if not duplicates:
            return orders.newest(session.db), True
    return _existing(session, draft, duplicates[0]), False


def _existing(session: Session, draft: Draft, duplicate: queue.Duplicate) -> Order:
    """Return the order that stands, or stood; Refused when it asks for something else."""
    kept = duplicate.pruned
    if kept is not None:
        was_pruned = pruned_sentence(duplicate.what, kept)
        if not duplicate.same:
            raise Refused(f"{was_pruned}, and had other content. Nothing was queued.")
        click.echo(f"{was_pruned}. Its other values are no longer known.", err=True)
        return pruned_order(draft, kept)
    if not duplicate.same:
        raise Refused(
            f"{duplicate.what} is already order {duplicate.order_id}, with other content; "
            f"`tracker show {duplicate.order_id}` shows it. Nothing was queued."
        )
    return find_order(session, f"id:{duplicate.order_id}")


def _print_forecast(session: Session, order: Order) -> None:
    """Print what the catalogue, where it was read, says about a queued order: the charge, or why it will be refused."""
    if order.state is not State.QUEUED or catalogue.services_at(session.db, order.panel) is None:
        return
    service = catalogue.service(session.db, order.panel, order.service)
    if service is not None and service.unread:
        for warning in service_warnings(service, catalogue.services(session.db, order.panel)):
            click.echo(f"Warning: {warning}", err=True)
    rules = session.panel(order.panel).dialect.cost_rules
    fault = fault_in(order, service, rules)
    if fault:
        click.echo(f"Warning: with the present catalogue it will be rejected: {fault}", err=True)
        return
    currency = accounts.read(session.db, order.panel).currency
    said = _said(estimate(order, service, rules), currency)
    if said:
        click.echo(f"{'charge':<12} {said}")


def _said(cost: Estimate, currency: str | None) -> str | None:
    """Say what an order will cost; None when that is not known."""
    if cost.per_post is not None:
        low, high = money.text(cost.per_post.low), money.text(cost.per_post.high)
        return " ".join(filter(None, (low if low == high else f"{low} to {high}", currency, "for each post")))
    if cost.charge is None:
        return None
    of = f"for {cost.units} units in all" if cost.series and cost.units else None
    return " ".join(filter(None, (money.text(cost.charge), currency, "expected", of)))
