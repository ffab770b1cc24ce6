"""`pause` and `resume`."""

from __future__ import annotations

from functools import partial

import click

from tracker.accounts.account import after_pause, after_resume
from tracker.cli.session import Session, pass_session
from tracker.lib.clock import now
from tracker.store import changes, evidence


@click.command()
@click.argument("panel", required=False)
@pass_session
def pause(session: Session, panel: str | None) -> None:
    """Stop submitting to PANEL, or to all panels.

    Active orders are still followed.
    """
    for chosen in session.panels(panel):
        changes.update_account(session.db, chosen.name, partial(after_pause, now=now()), now())
        click.echo(f"{chosen.name}: submitting is paused; `tracker resume {chosen.name}` starts it again.")


@click.command()
@click.argument("panel", required=False)
@pass_session
def resume(session: Session, panel: str | None) -> None:
    """Submit to PANEL again, or to all, whatever stopped it."""
    for chosen in session.panels(panel):
        changes.update_account(session.db, chosen.name, after_resume, now())
        evidence.acknowledge(session.db, chosen.name)
        click.echo(f"{chosen.name}: submitting continues.")
