"""Shows orders: `list` and `show`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext

import click

from tracker.cli.files.cells import csv_line
from tracker.cli.find_order import find_order
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
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import exact
from tracker.cli.unlisted import lines_to_add
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.times import duration, read_rfc3339
from tracker.lib.visible import one_line
from tracker.orders.order import Order, State
from tracker.orders.strays import stray_sentences
from tracker.store import counters, evidence, orders
from tracker.store.rows import compact

HEADER = ("id", "ref", "state", "panel", "service", "link", "quantity", "remains", "charge", "panel id")


@click.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([str(state) for state in State]),
    help="Show only orders in this state. It can be given more than once.",
)
@click.option("--panel", help="Show only orders of this panel.")
@click.option(
    "--since", help="Show only orders queued since then: a date, a time, or a length of time like 2h."
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Show no more than this many; 0 shows all.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@pass_session
def list_(
    session: Session, states: tuple[str, ...], panel: str | None, since: str | None, limit: int,
    as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """List orders, the newest first."""
    for sentence in stray_sentences(counters.counts(session.view), session.config.panels):
        click.echo(f"Warning: {sentence}", err=True)
    with closing(orders.listed(session.view, states, panel, _since(since), limit)) as found:
        if as_json:
            for order in found:
                print_json(order_json(order))
        elif as_csv:
            _print_csv(found)
        else:
            _print_table(found)


def _since(text: str | None) -> int | None:
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


def _print_table(found: Iterable[Order]) -> None:
    """Print a table, with what is wrong where anything is."""
    rows = [(*_row(order), order.last_error) for order in found]
    if any(row[-1] for row in rows):
        print_table((*HEADER, "last error"), rows, "No orders.")
    else:
        print_table(HEADER, (row[:-1] for row in rows), "No orders.")


def _row(order: Order) -> tuple[object, ...]:
    charge = money.text(order.charge) or (
        f"~{money.text(order.expected_charge)}" if order.expected_charge else None
    )
    return (
        order.id, order.ref, order.state, order.panel, order.service, order.link, order.quantity, order.remains,
        charge, order.panel_order_id,
    )  # fmt: skip


def _print_csv(found: Iterable[Order]) -> None:
    """Print what other programs read: exact, but on a terminal."""
    with nullcontext(sys.stdout) if sys.stdout.isatty() else exact(sys.stdout) as output:
        output.write(csv_line(ORDER_KEYS))
        for order in found:
            row = {**order_json(order), "fields": compact(order.fields)}
            output.write(csv_line(row[key] for key in ORDER_KEYS))


@click.command()
@click.argument("order")
@json_option
@pass_session
def show(session: Session, order: str, as_json: bool) -> None:
    """Show one ORDER, its history and its evidence.

    ORDER is the id or the ref.
    """
    found = find_order(session, order)
    history = history_json(orders.history(session.view, found))
    checks = checks_json(evidence.checks(session.view, found.id))
    if as_json:
        cost = {
            "expected_charge": money.text(found.expected_charge), "units": found.total, "parts": found.parts,
        }  # fmt: skip
        print_json({**order_json(found), **cost, "history": history, "evidence": checks})
        return
    print_order(found)
    _print_history(history)
    print_checks(checks)
    lines = lines_to_add(found, history, session.config.panels.get(found.panel))
    if lines:
        click.echo(_HOW_TO_LIST)
        for line in lines:
            click.echo(f"  {one_line(line)}")
    if found.state is State.UNKNOWN:
        click.echo(
            f"\nThe panel may have taken this order. Look for it on the panel's own page, then run one of:\n"
            f"  tracker resolve {found.id} --adopt PANEL_ID   it is there, under that id\n"
            f"  tracker resolve {found.id} --release          it is not there: queue it again"
        )


_HOW_TO_LIST = """
The panel's words are not known. If you are sure what they mean, add this to the config under the right key (a shorter
beginning, if the rest may differ), and restart tracker:"""


def _print_history(history: Iterable[Mapping[str, object]]) -> None:
    click.echo("\nhistory")
    for row in history:
        click.echo(f"  {row['at']}  {row['from'] or '-'} -> {row['to']}: {one_line(str(row['why']))}")
        facts = row["evidence"]
        for name, value in facts.items() if isinstance(facts, dict) else ():
            if value is not None:
                text = "; ".join(value) if isinstance(value, list) else value
                click.echo(f"      {one_line(name.replace('_', ' '))}: {one_line(str(text))}")
