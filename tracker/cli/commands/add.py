"""`add`: takes one order in."""

from __future__ import annotations

from typing import Any, TextIO

import click

from tracker.cli.output import json_option, order_json, print_json, print_order
from tracker.cli.session import Refused, Session


@click.command()
@click.argument("service")
@click.argument("link")
@click.argument("quantity", required=False)
@click.option("--panel", help="The panel to order from, when the config has more than one.")
@click.option("--ref", help="Your own reference: queueing it again changes nothing.")
@click.option("--comments", help="Comments, one a line.")
@click.option("--comments-file", type=click.File(encoding="utf-8"), help="A file of comments, one a line.")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field that the service wants."
)
@json_option
@click.pass_obj
def add(session: Session, /, as_json: bool, **values: Any) -> None:
    """Queue one order: QUANTITY of SERVICE for LINK. The daemon places it."""
    from tracker.store import orders, queue

    entry = queue.Entry(_draft(session, **values))
    from tracker.lib.clock import now

    with session.db.transaction():
        standing = queue.enqueue(session.db, [entry], now())
        if not standing:
            order = orders.newest(session.db)
    if standing:
        if not standing[0].same:
            raise Refused(_clash(standing[0]))
        order = session.order(f"id:{standing[0].order_id}")
    _print_added(session, order, bool(standing), as_json)


def _draft(session: Session, *, fields: tuple[str, ...], comments_file: TextIO | None, **values: Any) -> Any:
    from tracker.cli import drafts

    row = {name: value for name, value in values.items() if value is not None}
    if comments_file is not None:
        if "comments" in row:
            raise Refused("give --comments or --comments-file, not both")
        row["comments"] = _read(comments_file)
    row["fields"] = dict(_pair(field) for field in fields)
    try:
        return drafts.draft_of(row, session.panel(values["panel"]).name, session.reserved())
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


def _clash(standing: Any) -> str:
    return (
        f"{standing.what} is order {standing.order_id} already, with other content; "
        f"`tracker show {standing.order_id}` shows it. Nothing was queued."
    )


def _print_added(session: Session, order: Any, stood: bool, as_json: bool) -> None:
    from tracker.orders.catalogue import expected_charge, fault_in
    from tracker.store import accounts, catalogue

    if as_json:
        print_json(order_json(order))
        return
    if stood:
        click.echo(f"Order {order.id} stands already; nothing was queued.", err=True)
    print_order(order)
    if order.state != "queued" or catalogue.services_at(session.db, order.panel) is None:
        return
    service = catalogue.service(session.db, order.panel, order.service)
    fault = fault_in(order, service)
    if fault:
        click.echo(f"Warning: as the catalogue stands, it will be rejected: {fault}", err=True)
        return
    charge = expected_charge(order, service)
    if charge is not None:
        currency = accounts.read(session.db, order.panel).currency or ""
        click.echo(f"{'charge':<12} {charge:f} {currency} expected".rstrip())
