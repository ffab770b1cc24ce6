"""Reads what `status` and `watch` show."""

from __future__ import annotations

from tracker.cli.no_daemon import start_command
from tracker.cli.session import Session
from tracker.operations.health import BY_HAND, Status
from tracker.operations.snapshot import read_status


def status_of(session: Session, now: int) -> Status:
    """Read the state of everything; a daemon that a service keeps running may not rest."""
    start = start_command(session.config.path)
    return read_status(session.view, session.config, now, start, may_rest=start == BY_HAND)
