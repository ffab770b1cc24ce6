"""`run`: the daemon."""

from __future__ import annotations

import os
import sys

import click
import structlog

from tracker.cli.clients import new_client
from tracker.cli.failures import SHOW_ALL
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.settings import Config
from tracker.daemon.context import OwnedClient
from tracker.daemon.idle import NEEDS_OPERATOR
from tracker.daemon.supervisor import Source, Supervisor

log = structlog.get_logger(__name__)


@click.command()
@click.option(
    "--until-idle",
    is_flag=True,
    help="Exit when nothing is left to do: with 0, or with 4 when the rest needs you.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the log as JSON Lines, on a terminal too.")
@pass_session
def run(session: Session, until_idle: bool, as_json: bool) -> int:
    """Run the daemon in the foreground.

    It places orders, follows them, watches the balances and sends the alerts.
    """
    session.check_alert_urls()
    config = session.config
    session.log(config.log.level, "json" if as_json else config.log.format)
    _log_warnings(config) if as_json else session.warn()
    os.environ.setdefault(SHOW_ALL, "1")  # nobody could ask a daemon to meet its bug once more
    code = Supervisor(config, session.db, _source(session)).run(until_idle)
    if until_idle and not as_json and sys.stderr.isatty():
        screen.say(ENDS.get(code, ""), err=True)
    return code


ENDS = {
    0: "Everything is done.",
    NEEDS_OPERATOR: "What is left needs you: `tracker status` says what it is.",
}
"""What a person is told when the daemon ends by itself."""


def _log_warnings(config: Config) -> None:
    """Log what the config does that is allowed but unwise: a program reads nothing but JSON."""
    for warning in config.warnings:
        log.warning("config.unwise", what=warning)


def _source(session: Session) -> Source:
    def connect(config: Config) -> dict[str, OwnedClient]:
        return {name: new_client(session, panel) for name, panel in config.panels.items()}

    return Source(session.read_again, connect)
