"""`services`: the catalogues of the panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import click

from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json, print_table
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, text_column
from tracker.config.panel_settings import PanelConfig
from tracker.daemon.passes.catalogue import replace_catalogue
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.visible import JOINERS
from tracker.orders.answers import Failure, Service
from tracker.orders.ids import number_of
from tracker.orders.unread import catalogue_warnings
from tracker.store import accounts, catalogue

FLAGS = ("refill", "cancel", "dripfeed")
"""What the orders of a service may be asked for; as JSON, null where the panel does not say."""

HEADER = ("panel", "id", "name", "price", "min", "max", "category", "type", "allows")
COLUMNS = {
    column.name: column
    for column in (
        text_column("panel", least=6),
        Column("id", right=True),
        text_column("name", least=16),
        *(Column(name, right=True) for name in ("price", "min", "max")),
        text_column("category", from_width=110),
        text_column("type", from_width=120),
        text_column("allows", from_width=100),
    )
}
"""The table as a terminal shows it, where there is room."""


@click.command()
@click.option("--panel", shell_complete=complete_panels, help="Show only the services of this panel.")
@click.option("--refresh", is_flag=True, help="Ask the panel now.")
@click.option("--search", metavar="TEXT", help="Show only services with TEXT in their id, name or category.")
@click.option("--stats", is_flag=True, help="Show what your orders of each service were worth, instead.")
@click.option(
    "--sort",
    metavar="BY",
    help="With --stats: orders (default), start, end, price, partial, canceled, failed or refunded.",
)
@json_option
@pass_session
def services(
    session: Session, panel: str | None, refresh: bool, search: str | None, stats: bool, sort: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List the panels' services, with prices and limits.

    A price is for one unit, or for a whole package. With --stats it shows the services of which orders have ended:
    how long they took to start and to end, how many ended otherwise than completed, what a delivered unit cost, and
    what came back.
    """
    if sort is not None and not stats:
        raise Refused("--sort is for --stats")
    if stats:
        _print_stats(session, panel, refresh, search, sort or "orders", as_json)
        return
    found = [
        _row(chosen.name, service, currency)
        for chosen in session.panels(panel)
        for service in sorted(_services(session, chosen, refresh), key=_by_number)
        if search is None or _holds(service, search)
        for currency in [_currency(session, chosen.name)]
    ]
    if as_json:
        for row in found:
            print_json(row)
    elif screen.is_terminal():
        _print_for_people(session, found, panel)
    else:
        print_table(HEADER, (_cells(row, HEADER) for row in found), "No services.")


def _print_stats(
    session: Session, panel: str | None, refresh: bool, search: str | None, sort: str, as_json: bool
) -> None:
    from tracker.cli.service_stats import print_stats

    chosen = session.panels(panel)
    for one in chosen if refresh else ():
        _ask_services(session, one)
    print_stats(session, [one.name for one in chosen], search, sort, as_json)


def _by_number(service: Service) -> tuple[bool, int, str]:
    """Order services by their numbers; those whose ids are no numbers come last."""
    number = number_of(service.id)
    return number is None, number or 0, service.id


def _currency(session: Session, panel: str) -> str | None:
    return accounts.read(session.db, panel).currency


def _print_for_people(session: Session, found: Sequence[Mapping[str, object]], panel: str | None) -> None:
    one_panel = panel is not None or len(session.config.panels) == 1
    names = [name for name in HEADER if not (one_panel and name == "panel")]
    shown = columns.shown([COLUMNS[name] for name in names], screen.width())
    rows = (_cells(row, [column.name for column in shown], for_people=True) for row in found)
    if not columns.print_columns(shown, rows, screen.width()):
        click.echo("No services.", err=True)
        return
    thousands = any(one.dialect.price_unit != 1 for one in session.panels(panel))
    how = "; the panel's own page says it for 1,000" if thousands else ""
    screen.say(f"A price is for 1 unit, or for a whole package{how}.", err=True)


def _cells(row: Mapping[str, object], header: Sequence[str], for_people: bool = False) -> list[object]:
    allows = " ".join(name for name in FLAGS if row[name])
    special = {"allows": allows, "price": _price(row, for_people)}
    if for_people:
        special |= {key: f"{row[key]:,}" for key in ("min", "max") if row[key] is not None}
    return [special[key] if key in special else row[key] for key in header]


def _price(row: Mapping[str, object], for_people: bool) -> str | None:
    if row["price"] is None:
        return None
    price, currency = str(row["price"]), str(row["currency"] or "")
    return money.shown(Decimal(price), currency) if for_people else f"{price} {currency}".rstrip()


def _services(session: Session, panel: PanelConfig, refresh: bool) -> list[Service]:
    """Return a panel's catalogue; it is asked for when it was never read."""
    if refresh or catalogue.services_at(session.db, panel.name) is None:
        _ask_services(session, panel)
    return list(catalogue.services(session.db, panel.name))


def _ask_services(session: Session, panel: PanelConfig) -> None:
    # Here, because httpx takes 50 ms to import, and the catalogue is usually in the database.
    from tracker.cli.clients import client_of

    dialect = panel.dialect
    found = dialect.read_services(client_of(session, panel).call(dialect.services()))
    if isinstance(found, Failure):
        raise click.ClickException(f"{panel.name}: the services could not be read: {found.why}")
    for warning in catalogue_warnings(found):
        screen.say(f"Warning: {panel.name}: {warning}", err=True)
    replace_catalogue(session.db, panel.name, found, now(), rules=dialect.cost_rules)


def _holds(service: Service, text: str) -> bool:
    return _folded(text) in _folded(f"{service.id} {service.name} {service.category or ''}")


def _folded(text: str) -> str:
    """Return a text without case, and with spaces for joiners: few keyboards have those."""
    return "".join(" " if char in JOINERS else char for char in text).casefold()


def _row(panel: str, service: Service, currency: str | None) -> dict[str, object]:
    return {
        "panel": panel, "id": service.id, "name": service.name, "price": money.text(service.price),
        "currency": currency,
        "min": service.minimum, "max": service.maximum, "category": service.category, "type": service.type,
        "description": service.description,
        **{name: getattr(service, name) for name in FLAGS},
        "unread": dict(service.unread),
    }  # fmt: skip
