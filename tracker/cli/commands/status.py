"""`status`: the state of everything, for people and for monitoring."""

from __future__ import annotations

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.status.as_json import status_json
from tracker.cli.status.page import print_status
from tracker.cli.status.reading import status_of
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.operations.health import Health, Status, findings
from tracker.store.database import ReplacedFault


@click.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> int:
    """Show whether all is well, what goes on, and what needs you.

    The exit code is 0 when all is well, 1 for a warning, 2 when something is critical.
    """
    at = now()
    try:
        snapshot = status_of(session, at)
        found = findings(snapshot, at)
    except ReplacedFault as fault:
        return _replaced(str(fault), as_json, at)
    health = max((finding[0] for finding in found), default=Health.OK)
    if as_json:
        print_json(status_json(snapshot, found, at))
    else:
        print_status(snapshot, found, at)
    return int(health)


def _replaced(why: str, as_json: bool, now: int) -> int:
    """Print only that the daemon works on another file: what is here now says nothing about it."""
    if as_json:
        nothing = Status((), (), {"waiting": 0, "dead": 0})
        print_json(status_json(nothing, [(Health.CRITICAL, why)], now))
    else:
        screen.say(f"{Health.CRITICAL.name}: {why}")
    return int(Health.CRITICAL)
