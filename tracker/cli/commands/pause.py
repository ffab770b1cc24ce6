"""`pause` and `resume`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.operations import submitting
from tracker.operations.due_rules import bring_near
from tracker.operations.reloading import longest_wait, reload_daemons
from tracker.orders.resolution import By
from tracker.orders.tags import tag_of
from tracker.store import accounts


def _tag_option(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: A002 - click's own word
    return click.option("--tag", help=help)


@click.command()
@click.argument("panel", required=False, shell_complete=complete_panels)
@_tag_option("Hold only orders with this tag, those to come too; the others are sent.")
@json_option
@pass_session
def pause(session: Session, panel: str | None, tag: str | None, as_json: bool) -> None:
    """Stop submitting to PANEL, or to all panels.

    Active orders are still followed. With --tag only the orders of that tag are held.
    """
    if tag is not None:
        tag = _meant(tag, panel)
        held = submitting.pause_tag(session.db, tag, By.OPERATOR, now())
        wait = f"{counted(held, 'queued order')} {'waits' if held == 1 else 'wait'}, and those to come"
        _print_tag(tag, f"paused: {wait}; `tracker resume --tag {tag}` sends them", held, as_json)
        return
    for chosen in session.panels(panel):
        submitting.pause(session.db, chosen.name, By.OPERATOR, now())
        note_done(f"{chosen.name}: submitting is paused")
        if as_json:
            print_json({"panel": chosen.name, "paused": True})
        else:
            screen.say(
                f"{chosen.name}: submitting is paused; `tracker resume {chosen.name}` starts it again."
            )


@click.command()
@click.argument("panel", required=False, shell_complete=complete_panels)
@_tag_option("Send orders with this tag again.")
@json_option
@pass_session
def resume(session: Session, panel: str | None, tag: str | None, as_json: bool) -> None:
    """Submit to PANEL again, or to all, whatever stopped it.

    After a refused key the daemon reads the config again first. What a clock that was wrong has put off is due again.
    With --tag only the orders of that tag go on.
    """
    if tag is not None:
        tag = _meant(tag, panel)
        freed = submitting.resume_tag(session.db, tag, By.OPERATOR, now())
        go_on = f"{counted(freed, 'queued order')} {'goes' if freed == 1 else 'go'} on"
        _print_tag(tag, f"no longer paused: {go_on}", freed, as_json)
        return
    bring_near(session.db, session.config, now(), stepped=True)
    chosen_panels = session.panels(panel)
    if any(accounts.read(session.db, chosen.name).refused_at is not None for chosen in chosen_panels):
        _read_key_again(session)
    for chosen in chosen_panels:
        said = submitting.resume(session.db, chosen.name, By.OPERATOR, now())
        note_done(f"{chosen.name}: submitting continues")
        if as_json:
            print_json({"panel": chosen.name, "paused": False})
        else:
            screen.say(f"{chosen.name}: submitting continues.")
        if said is not None:
            screen.say(f"{chosen.name}: {said}.", err=True)


def _meant(tag: str, panel: str | None) -> str:
    """Return the tag that is meant."""
    if panel is not None:
        raise Refused("give a panel or --tag, not both: a tag is paused at all panels")
    try:
        return tag_of(tag)
    except ValueError as error:
        raise Refused(str(error)) from None


def _print_tag(tag: str, outcome: str, orders: int, as_json: bool) -> None:
    note_done(f"tag {tag}: {outcome}")
    if as_json:
        print_json({"tag": tag, "paused": outcome.startswith("paused"), "orders": orders})
    else:
        screen.say(f"tag {tag}: {outcome}.")


def _read_key_again(session: Session) -> None:
    """Have the daemons read the key again before they use it, after the panel has refused it."""
    for answer in reload_daemons(session.db, longest_wait(session.config)):
        if answer.is_taken:
            continue
        for fault in answer.faults:
            screen.say(fault, err=True)
        raise NotResumed(f"nothing is resumed: {answer.daemon} {answer.outcome}")


class NotResumed(click.ClickException):
    """A daemon could not read its config again: it would use the key that was refused."""

    exit_code = 1
