"""`run`: the daemon."""

from __future__ import annotations

import click

from tracker.cli.session import Session


@click.command()
@click.option(
    "--until-idle",
    is_flag=True,
    help="Exit once nothing is left to do: 0, or 4 when the rest needs a person.",
)
@click.pass_obj
def run(session: Session, until_idle: bool) -> int:
    """Run the daemon in the foreground: place, follow, watch, tell."""
    from tracker.lib.logs import setup  # isort: skip - before whatever else imports structlog, see `lean`
    from tracker.daemon.supervisor import Supervisor
    from tracker.lib.redaction import redact

    config = session.config
    session.is_daemon = True
    for secret in session.secrets():
        redact(secret)
    setup(config.log.level, config.log.format)
    session.warn()
    clients = {name: session.client(panel) for name, panel in config.panels.items()}
    return Supervisor(config, session.db, dict(clients)).run(until_idle)
