"""What concerns a whole panel: `pause`, `resume`, `services`, `balance`."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Session
from tracker.lib import money
from tracker.lib.times import DAY, SECOND, about

if TYPE_CHECKING:
    from tracker.config.settings import PanelConfig


@click.command()
@click.argument("panel", required=False)
@click.pass_obj
def pause(session: Session, panel: str | None) -> None:
    """Stop submitting to PANEL, or to all; what is active is still followed."""
    from tracker.accounts.account import after_pause
    from tracker.lib.clock import now
    from tracker.store import changes

    for chosen in session.panels(panel):
        changes.update_account(session.db, chosen.name, partial(after_pause, now=now()), now())
        click.echo(f"{chosen.name}: submitting is paused; `tracker resume {chosen.name}` restarts it.")


@click.command()
@click.argument("panel", required=False)
@click.pass_obj
def resume(session: Session, panel: str | None) -> None:
    """Restart submitting to PANEL, or to all, whatever stopped it."""
    from tracker.accounts.account import after_resume
    from tracker.lib.clock import now
    from tracker.store import changes, evidence

    for chosen in session.panels(panel):
        changes.update_account(session.db, chosen.name, after_resume, now())
        evidence.acknowledge(session.db, chosen.name)
        click.echo(f"{chosen.name}: submitting goes on.")


@click.command()
@click.option("--panel", help="Only this panel.")
@click.option("--refresh", is_flag=True, help="Ask the panel now.")
@click.option("--search", metavar="TEXT", help="Only services whose id, name or category holds TEXT.")
@json_option
@click.pass_obj
def services(session: Session, panel: str | None, refresh: bool, search: str | None, as_json: bool) -> None:
    """List the panel's services, with the price of one unit and the limits."""
    rows = [row for chosen in session.panels(panel) for row in _services(session, chosen, refresh, search)]
    if as_json:
        for row in rows:
            print_json(row)
        return
    keys = ("panel", "id", "name", "price", "min", "max", "category")
    print_table(keys, ([row[key] for key in keys] for row in rows), "No services.")


def _services(
    session: Session, panel: PanelConfig, refresh: bool, search: str | None
) -> list[dict[str, Any]]:

    from tracker.store import catalogue

    if refresh or catalogue.services_at(session.db, panel.name) is None:
        _ask_services(session, panel)
    return [
        {
            "panel": panel.name, "id": s.id, "name": s.name, "price": money.text(s.price), "min": s.minimum,
            "max": s.maximum, "category": s.category, "type": s.type, "description": s.description,
        }
        for s in catalogue.services(session.db, panel.name)
        if search is None or search.casefold() in f"{s.id} {s.name} {s.category or ''}".casefold()
    ]  # fmt: skip


def _ask_services(session: Session, panel: PanelConfig) -> None:
    from tracker.daemon.passes.catalogue import replace_catalogue
    from tracker.lib.clock import now
    from tracker.orders.answers import Failure

    dialect = panel.dialect
    found = dialect.read_services(session.client(panel).call(dialect.services()))
    if isinstance(found, Failure):
        raise click.ClickException(f"{panel.name}: the services could not be read: {found.why}")
    replace_catalogue(session.db, panel.name, found, now())


@click.command()
@click.option("--panel", help="Only this panel.")
@json_option
@click.pass_obj
def balance(session: Session, panel: str | None, as_json: bool) -> None:
    """Ask for the wallet now."""
    from tracker.lib.clock import now
    from tracker.orders.answers import Failure

    failed = []
    for chosen in session.panels(panel):
        dialect = chosen.dialect
        read = dialect.read_balance(session.client(chosen).call(dialect.balance()))
        if isinstance(read, Failure):
            failed.append(f"{chosen.name}: the balance could not be read: {read.why}")
            continue
        at, lasts = now(), _runway(session, chosen.name, read.amount, now())
        if as_json:
            seconds = None if lasts is None else lasts // SECOND
            shown = {"panel": chosen.name, "balance": money.text(read.amount), "currency": read.currency}
            print_json({**shown, "at": time_or_none(at), "runway_seconds": seconds})
        else:
            pace = "" if lasts is None else f", about {about(lasts)} at the pace of the last day"
            click.echo(f"{chosen.name}: {read.amount:f} {read.currency or ''}".rstrip() + pace)
    if failed:
        raise click.ClickException("; ".join(failed))


def _runway(session: Session, panel: str, amount: Decimal, at: int) -> int | None:
    from tracker.accounts.balance import runway
    from tracker.store import accounts

    return runway([*accounts.balances_since(session.db, panel, at - DAY), (at, amount)])
