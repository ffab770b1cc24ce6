"""`check`: is everything ready to start?"""

from __future__ import annotations

from dataclasses import dataclass, field

import click

from tracker.alerts.templates import read as read_templates
from tracker.cli.clients import client_of
from tracker.cli.no_daemon import start_command
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config
from tracker.daemon.passes.catalogue import replace_catalogue
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.orders.answers import Failure
from tracker.orders.unread import catalogue_warnings
from tracker.store import catalogue


@click.command()
@click.option("--offline", is_flag=True, help="Do not ask the panels.")
@json_option
@pass_session
def check(session: Session, offline: bool, as_json: bool) -> None:
    """Check the config, the alert URLs, the database and the panels.

    Each panel is asked for its services and its balance.
    """
    session.check_alert_urls()
    found = _Findings(as_json, start_command(session.config.path))
    config = session.config
    found.good(f"config: {config.path} is good")
    session.warn()
    found.warnings += config.warnings
    _check_alerts(config, found)
    session.db.sql("SELECT 1")
    found.good(f"database: {session.db.name} is good")
    for panel in [] if offline else config.panels.values():
        _check_panel(session, panel, found)
    found.conclude()


@dataclass
class _Findings:
    """What was found so far; it is printed as it is found, or at the end as JSON."""

    as_json: bool
    #: What starts the daemon.
    start: str
    checked: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def good(self, sentence: str) -> None:
        """Note what is as it should be."""
        self.checked.append(sentence)
        self._say(sentence)

    def warn(self, sentence: str) -> None:
        """Note what is allowed, and may not be wanted."""
        self.warnings.append(sentence)
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        if not self.as_json:
            screen.say(sentence)

    def conclude(self) -> None:
        """Print the verdict; ClickException with every fault when there is any."""
        if self.as_json:
            print_json(
                {
                    "ok": not self.faults,
                    "checked": self.checked,
                    "warnings": self.warnings,
                    "faults": self.faults,
                }
            )
        if self.faults:
            raise click.ClickException("\n".join(self.faults))
        if not self.warnings:
            self._say(f"All is well; `{self.start}` starts the daemon.")
        else:
            these = "Look at the warning above" if len(self.warnings) == 1 else "Look at the warnings above"
            self._say(
                f"It works, with {counted(len(self.warnings), 'warning')}. {these}; `{self.start}` starts the daemon."
            )


def _check_alerts(config: Config, found: _Findings) -> None:
    for target in config.alerts:
        found.good(f"alerts: the URL of {target.name} is good; `tracker alerts test` sends a message")
    if not config.alerts:
        found.warn("alerts: nobody gets any; add a target under `alerts:`")
    found.faults += read_templates(config.templates).faults


def _check_panel(session: Session, panel: PanelConfig, found: _Findings) -> None:
    dialect, client = panel.dialect, client_of(session, panel)
    services = dialect.read_services(client.call(dialect.services()))
    if isinstance(services, Failure):
        found.faults.append(f"panels.{panel.name}: the services could not be read: {services.why}")
        return
    wallet = dialect.read_balance(client.call(dialect.balance()))
    if isinstance(wallet, Failure):
        found.faults.append(f"panels.{panel.name}: the balance could not be read: {wallet.why}")
        return
    if services and catalogue.services_at(session.db, panel.name) is None:
        # So that the first orders are checked, and services found by their names, before the daemon has started.
        replace_catalogue(session.db, panel.name, services, now(), rules=dialect.cost_rules)
    amount = money.shown(wallet.amount, wallet.currency)
    found.good(f"panel {panel.name}: {counted(len(services), 'service')}, balance {amount}")
    for warning in catalogue_warnings(services):
        found.warn(f"panel {panel.name}: {warning}")
