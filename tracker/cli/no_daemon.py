"""Warns whoever queues an order that nobody is there to send it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tracker.accounts.account import submitting_hold
from tracker.cli.session import Session
from tracker.cli.terminal import screen
from tracker.config import places
from tracker.lib.clock import now
from tracker.lib.times import about
from tracker.operations.health import BY_HAND
from tracker.service.layout import SYSTEMD_RUNS, Layout
from tracker.store import accounts, daemons
from tracker.store.daemons import DaemonRow
from tracker.store.database import StorageFault


def warn_without_daemon(session: Session) -> None:
    """Print a warning when no daemon works on the database: what was queued is sent by nobody. It is the last word."""
    sys.stdout.flush()
    try:
        found = daemons.listed(session.db)
    except StorageFault:
        return  # the order is queued: a failure now would have it queued again
    at = now()
    if any(one.is_alive(at) or one.is_running for one in found):
        return
    path = session.config.path
    screen.say(
        f"Warning: no daemon works on {session.db.name}{_last(found, at)}, so nothing is sent yet; "
        f"start one with `{start_command(path)}` (config: {path})",
        err=True,
    )


def warn_if_stopped(session: Session, panel: str) -> None:
    """Print a warning when nothing is sent to a panel now, until a person says so: the daemon runs, and yet waits."""
    hold = submitting_hold(accounts.read(session.db, panel), now())
    if hold is not None and hold.person:
        screen.say(f"Warning: nothing is sent to {panel} now: {hold.why}", err=True)


def _last(found: Sequence[DaemonRow], now: int) -> str:
    """Say when the last daemon that did not stop cleanly was heard of."""
    return f" (the last one was heard of {about(now - found[0].beat_at)} ago)" if found else ""


def start_command(config: Path) -> str:
    """Return the command that starts a daemon on a config: a service's as a service, where systemd runs."""
    folder = config.absolute().parent
    if places.state_folder(folder) is None or not SYSTEMD_RUNS.is_dir():
        return BY_HAND
    instance = folder.relative_to(places.CONFIGS).name
    return f"systemctl start {Layout(instance or None, Path()).unit('tracker')}"
