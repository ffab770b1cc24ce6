"""`pause` and `resume`."""

from __future__ import annotations

import click

from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.streams import note_done
from tracker.lib.clock import now
from tracker.operations import submitting
from tracker.operations.due_rules import bring_near
from tracker.operations.reloading import longest_wait, reload_daemons
from tracker.orders.resolution import By
from tracker.store import accounts


@click.command()
@click.argument("panel", required=False, shell_complete=complete_panels)
@json_option
@pass_session
def pause(session: Session, panel: str | None, as_json: bool) -> None:
    """Stop submitting to PANEL, or to all panels.

    Active orders are still followed.
    """
    for chosen in session.panels(panel):
        submitting.pause(session.db, chosen.name, By.OPERATOR, now())
        note_done(f"{chosen.name}: submitting is paused")
        if as_json:
            print_json({"panel": chosen.name, "paused": True})
        else:
            click.echo(
                f"{chosen.name}: submitting is paused; `tracker resume {chosen.name}` starts it again."
            )


@click.command()
@click.argument("panel", required=False, shell_complete=complete_panels)
@json_option
@pass_session
def resume(session: Session, panel: str | None, as_json: bool) -> None:
    """Submit to PANEL again, or to all, whatever stopped it.

    After a refused key the daemon reads the config again first. What a clock that was wrong has put off is due again.
    """
    bring_near(session.db, session.config, now(), stepped=True)
    chosen_panels = session.panels(panel)
    if any(accounts.read(session.db, chosen.name).refused_at is not None for chosen in chosen_panels):
        _read_key_again(session)
    for chosen in chosen_panels:
        submitting.resume(session.db, chosen.name, By.OPERATOR, now())
        note_done(f"{chosen.name}: submitting continues")
        if as_json:
            print_json({"panel": chosen.name, "paused": False})
        else:
            click.echo(f"{chosen.name}: submitting continues.")


def _read_key_again(session: Session) -> None:
    """Have the daemons read the key again before they use it, after the panel has refused it."""
    for answer in reload_daemons(session.db, longest_wait(session.config)):
        if answer.is_taken:
            continue
        for fault in answer.faults:
            click.echo(fault, err=True)
        raise NotResumed(f"nothing is resumed: {answer.daemon} {answer.outcome}")


class NotResumed(click.ClickException):
    """A daemon could not read its config again: it would use the key that was refused."""

    exit_code = 1
