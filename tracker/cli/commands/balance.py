"""`balance`: the wallets now."""

from __future__ import annotations

from decimal import Decimal

import click

from tracker.accounts.balance import runway
from tracker.cli.clients import client_of
from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json, time_or_none
from tracker.cli.session import Session, pass_session
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.times import DAY, SECOND, about
from tracker.orders.answers import Balance, Failure
from tracker.store import accounts


@click.command()
@click.option("--panel", shell_complete=complete_panels, help="Ask only this panel.")
@json_option
@pass_session
def balance(session: Session, panel: str | None, as_json: bool) -> None:
    """Ask the panels for their balances now."""
    failed = []
    for chosen in session.panels(panel):
        dialect = chosen.dialect
        read = dialect.read_balance(client_of(session, chosen).call(dialect.balance()))
        if isinstance(read, Failure):
            failed.append(f"{chosen.name}: the balance could not be read: {read.why}")
        else:
            _print(session, chosen.name, read, as_json)
    if failed:
        raise click.ClickException("\n".join(failed))


def _print(session: Session, panel: str, read: Balance, as_json: bool) -> None:
    at = now()
    lasts = _runway(session, panel, read.amount, at)
    if as_json:
        seconds = None if lasts is None else lasts // SECOND
        shown = {"panel": panel, "balance": money.text(read.amount), "currency": read.currency}
        print_json({**shown, "at": time_or_none(at), "runway_seconds": seconds})
        return
    amount = money.shown(read.amount, read.currency)
    rate = "" if lasts is None else f", lasts about {about(lasts)} at the rate of the last day"
    click.echo(f"{panel}: {amount}{rate}")


def _runway(session: Session, panel: str, amount: Decimal, at: int) -> int | None:
    return runway([*accounts.balances_since(session.db, panel, at - DAY), (at, amount)])
