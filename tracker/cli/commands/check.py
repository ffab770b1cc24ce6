"""`check`: is everything ready to start?"""

from __future__ import annotations

import click

from tracker.alerts.templates import read as read_templates
from tracker.cli.clients import client_of
from tracker.cli.no_daemon import start_command
from tracker.cli.session import Session, pass_session
from tracker.config.settings import Config, PanelConfig
from tracker.lib import money
from tracker.orders.answers import Failure
from tracker.orders.unread import catalogue_warnings


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask the panels.")
@pass_session
def check(session: Session, offline: bool) -> None:
    """Check the config, the alert URLs, the database and the panels.

    Each panel is asked for its services and its balance.
    """
    session.check_alert_urls()
    config = session.config
    click.echo(f"config: {config.path} is good")
    session.warn()
    _print_targets(config)
    faults = list(read_templates(config.templates).faults)
    session.db.sql("SELECT 1")
    click.echo(f"database: {session.db.name} is good")
    for panel in [] if offline else config.panels.values():
        faults += _panel_faults(session, panel)
    if faults:
        raise click.ClickException("\n".join(faults))
    click.echo(f"All is well; `{start_command(config.path)}` starts the daemon.")


def _print_targets(config: Config) -> None:
    for target in config.alerts:
        click.echo(f"alerts: the URL of {target.name} is good; `tracker alerts test` sends a message")
    if not config.alerts:
        click.echo("alerts: nobody gets any; add a target under `alerts:`")


def _panel_faults(session: Session, panel: PanelConfig) -> list[str]:
    dialect, client = panel.dialect, client_of(session, panel)
    found = dialect.read_services(client.call(dialect.services()))
    if isinstance(found, Failure):
        return [f"panels.{panel.name}: the services could not be read: {found.why}"]
    wallet = dialect.read_balance(client.call(dialect.balance()))
    if isinstance(wallet, Failure):
        return [f"panels.{panel.name}: the balance could not be read: {wallet.why}"]
    amount = f"{money.text(wallet.amount)} {wallet.currency or ''}".rstrip()
    click.echo(f"panel {panel.name}: {len(found)} services, balance {amount}")
    for warning in catalogue_warnings(found):
        click.echo(f"panel {panel.name}: {warning}")
    return []
