"""`report`: the statement of a month."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import date

import click

from tracker.accounts.statement import By, Statement, totals
from tracker.cli.completers import complete_panels
from tracker.cli.files.cells import csv_line
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.statement_text import Texts, csv_rows, statement_json, sums_json
from tracker.cli.streams import exact
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, text_column
from tracker.lib import money, months
from tracker.lib.clock import now
from tracker.lib.times import rfc3339
from tracker.operations.statements import UNTAGGED, month_statement
from tracker.orders.order import Order
from tracker.store import catalogue, orders

TABLE = (
    text_column("key", "", least=12),
    text_column("name", least=8),
    *(Column(name, right=True) for name in ("orders", "spent", "refunded", "net")),
)


@click.command()
@click.option("--month", metavar="YYYY-MM", help="The month, in the config's time zone; default: this one.")
@click.option("--panel", shell_complete=complete_panels, help="Only the account at this panel.")
@click.option(
    "--by",
    type=click.Choice([str(one) for one in By]),
    default=str(By.PANEL),
    metavar="BY",
    help="Show rows by service, tag, day or panel (default).",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@pass_session
def report(
    session: Session, month: str | None, panel: str | None, by: str, as_csv: bool, as_json: bool
) -> None:
    """Show what orders cost in a month, and what the wallet says.

    Why both differ is explained to the last digit, with the refunds to claim.
    Orders count by when they were sent, refunds by when their orders were seen to have ended. An order with several
    tags counts in the row of each; the total counts it once.
    """
    first, rows_by = _month(session, month), By(by)
    zone = session.config.timezone
    span = months.span_of(first, zone)
    names = [one.name for one in session.panels(panel)]
    made = [month_statement(session.view, name, span, rows_by, zone) for name in names]
    if as_csv:
        _print_csv(csv_rows(first, made, rows_by))
        return
    listed = {one.order_id for of in made for one in (*of.owed, *of.lost, *of.unclear_refunds)}
    known = {one.id: one for one in _orders(session, sorted(listed))}
    if as_json:
        print_json(
            {
                "month": months.written(first), "from": rfc3339(span[0]), "to": rfc3339(span[1]), "by": str(rows_by),
                "total": [{"currency": currency, **sums_json(sums)} for currency, sums in totals(made).items()],
                "panels": [statement_json(of, rows_by, known) for of in made],
            }
        )  # fmt: skip
    else:
        _print_for_people(session, first, made, rows_by, known)


def _month(session: Session, text: str | None) -> date:
    today = months.month_of(now(), session.config.timezone)
    if text is None:
        return today
    try:
        month = months.read_month(text)
    except ValueError as error:
        raise Refused(f"--month: {error}") from None
    if month > today:
        raise Refused(f"--month {text}: it has not begun yet")
    return month


def _orders(session: Session, ids: Sequence[int]) -> Iterable[Order]:
    for start in range(0, len(ids), 500):
        yield from orders.some(session.view, ids[start : start + 500])


def _print_csv(rows: Iterable[Sequence[object]]) -> None:
    with nullcontext(sys.stdout) if sys.stdout.isatty() else exact(sys.stdout) as output:
        for row in rows:
            output.write(csv_line(row))


def _print_for_people(
    session: Session, month: date, made: Sequence[Statement], by: By, known: dict[int, Order]
) -> None:
    texts = Texts(month, now(), session.config.timezone)
    for number, of in enumerate(made):
        screen.write(["", *texts.account(of, known)] if number else list(texts.account(of, known)))
        if by is not By.PANEL and of.rows:
            _print_rows(session, of, by)
    if len(made) > 1:
        for currency, sums in totals(made).items():
            said = ", ".join(
                f"{what} {money.shown(amount, currency)}"
                for what, amount in (
                    ("spent", sums.spent),
                    ("to come back", sums.refunded),
                    ("net", sums.net),
                )
            )
            screen.write(["", f"Together: {said}"])


def _print_rows(session: Session, of: Statement, by: By) -> None:
    names = catalogue.names(session.view, of.panel) if by is By.SERVICE else {}
    shown = [one for one in TABLE if one.name != "name" or names]
    rows = [
        {"key": key or "no tag", "name": names.get(key), "orders": f"{sums.orders:,}",
         "spent": money.shown(sums.spent), "refunded": money.shown(sums.refunded), "net": money.shown(sums.net)}
        for key, sums in of.rows.items()
    ]  # fmt: skip
    screen.write([f"By {by}:"])
    columns.print_columns(shown, ([row[one.name] for one in shown] for row in rows), screen.width())
    if by is By.TAG and set(of.rows) != {UNTAGGED}:
        screen.say("An order with several tags counts in each row, and once in the sums above.", err=True)
