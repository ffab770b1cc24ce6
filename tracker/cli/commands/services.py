"""`services`: the catalogues of the panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from tracker.cli.output import json_option, print_json, print_table
from tracker.cli.session import Session, pass_session
from tracker.config.settings import PanelConfig
from tracker.daemon.passes.catalogue import replace_catalogue
from tracker.lib import money
from tracker.lib.clock import now
from tracker.orders.answers import Failure, Service
from tracker.orders.unread import catalogue_warnings
from tracker.store import catalogue

FLAGS = ("refill", "cancel", "dripfeed")
"""What the orders of a service may be asked for; as JSON, null where the panel does not say."""


@click.command()
@click.option("--panel", help="Show only the services of this panel.")
@click.option("--refresh", is_flag=True, help="Ask the panel now.")
@click.option("--search", metavar="TEXT", help="Show only services with TEXT in their id, name or category.")
@json_option
@pass_session
def services(session: Session, panel: str | None, refresh: bool, search: str | None, as_json: bool) -> None:
    """List the panels' services, with prices and limits.

    A price is for one unit, or for a whole package.
    """
    found = [
        _row(chosen.name, service)
        for chosen in session.panels(panel)
        for service in _services(session, chosen, refresh)
        if search is None or _holds(service, search)
    ]
    if as_json:
        for row in found:
            print_json(row)
        return
    header = ("panel", "id", "name", "price", "min", "max", "category", "type", "allows")
    print_table(header, (_cells(row, header) for row in found), "No services.")


def _cells(row: Mapping[str, object], header: Sequence[str]) -> list[object]:
    allows = " ".join(name for name in FLAGS if row[name])
    return [allows if key == "allows" else row[key] for key in header]


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
        click.echo(f"Warning: {panel.name}: {warning}", err=True)
    replace_catalogue(session.db, panel.name, found, now(), rules=dialect.cost_rules)


def _holds(service: Service, text: str) -> bool:
    return text.casefold() in f"{service.id} {service.name} {service.category or ''}".casefold()


def _row(panel: str, service: Service) -> dict[str, object]:
    return {
        "panel": panel, "id": service.id, "name": service.name, "price": money.text(service.price),
        "min": service.minimum, "max": service.maximum, "category": service.category, "type": service.type,
        "description": service.description,
        **{name: getattr(service, name) for name in FLAGS},
        "unread": dict(service.unread),
    }  # fmt: skip
