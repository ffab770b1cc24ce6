"""Shows orders: `list` and `show`."""

from __future__ import annotations

import csv
import sys
from typing import Any

import click

from tracker.cli.history import checks_json, history_json
from tracker.cli.output import (
    ORDER_KEYS,
    json_option,
    order_json,
    print_checks,
    print_json,
    print_order,
    print_table,
)
from tracker.cli.session import Refused, Session
from tracker.lib import money
from tracker.orders.order import Order, State


@click.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([str(state) for state in State]),
    help="Only orders in this state; may be given more than once.",
)
@click.option("--panel", help="Only orders of this panel.")
@click.option("--since", help="Only orders queued since then: a date, a time, or a length of time like 2h.")
@click.option(
    "--limit", type=click.IntRange(0), default=100, show_default=True, help="How many at the most; 0 for all."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@click.pass_obj
def list_(
    session: Session,
    states: tuple[str, ...],
    panel: str | None,
    since: str | None,
    limit: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List orders, the newest first."""
    from tracker.store import orders

    found = orders.listed(session.view, states, panel, _since(since), limit)
    if as_json:
        for order in found:
            print_json(order_json(order))
    elif as_csv:
        _print_csv(found)
    else:
        heads = (
            "id",
            "ref",
            "state",
            "panel",
            "service",
            "link",
            "quantity",
            "remains",
            "charge",
            "panel id",
        )
        print_table(heads, (_row(order) for order in found), "No orders.")


def _since(text: str | None) -> int | None:
    from tracker.lib.clock import now
    from tracker.lib.times import duration, read_rfc3339

    if text is None:
        return None
    try:
        return now() - duration(text)
    except ValueError:
        pass
    try:
        return read_rfc3339(text)
    except ValueError:
        raise Refused(
            f"--since {text}: write a date like 2026-11-24, a time, or a length of time like 2h"
        ) from None


def _row(order: Order) -> tuple[Any, ...]:
    charge = money.text(order.charge) or (
        f"~{money.text(order.expected_charge)}" if order.expected_charge else None
    )
    return (
        order.id, order.ref, order.state, order.panel, order.service, order.link, order.quantity, order.remains,
        charge, order.panel_order_id,
    )  # fmt: skip


def _print_csv(found: Any) -> None:
    from tracker.store.rows import compact

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(ORDER_KEYS)
    for order in found:
        row = order_json(order)
        row["fields"] = compact(row["fields"])
        writer.writerow([row[key] for key in ORDER_KEYS])


@click.command()
@click.argument("order")
@json_option
@click.pass_obj
def show(session: Session, order: str, as_json: bool) -> None:
    """Show one order, its history and its evidence. ORDER is the id or the ref."""
    from tracker.store import evidence, orders

    found = session.order(order)
    history = history_json(orders.history(session.view, found))
    looks = checks_json(evidence.checks(session.view, found.id))
    if as_json:
        expected = {"expected_charge": money.text(found.expected_charge)}
        print_json({**order_json(found), **expected, "history": history, "evidence": looks})
        return
    print_order(found)
    click.echo("\nhistory")
    for row in history:
        click.echo(f"  {row['at']}  {row['from'] or '-'} -> {row['to']}: {row['why']}")
        for name, value in row["evidence"].items():
            if value is not None:
                told = "; ".join(value) if isinstance(value, list) else value
                click.echo(f"      {name.replace('_', ' ')}: {told}")
    print_checks(looks)
    if found.state is State.UNKNOWN:
        click.echo(
            f"\nThe panel may have taken this order. Look for it on the panel's own page, then say which:\n"
            f"  tracker resolve {found.id} --adopt PANEL_ID   it is there, under that id\n"
            f"  tracker resolve {found.id} --release          it is not there: queue it again"
        )
