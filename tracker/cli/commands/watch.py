"""`watch`: the live screen."""

from __future__ import annotations

import os
import signal
import sys

import click

from tracker.cli.order_columns import Services
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.cli.watch.loop import Loop
from tracker.cli.watch.snapshot import read_snapshot
from tracker.cli.watch.terminal import Ended, is_ours, plain, size
from tracker.cli.watch.view import render
from tracker.lib.clock import now


@click.command()
@pass_session
def watch(session: Session) -> int:
    """Watch orders, wallets and alerts live; pause and resume.

    Orders in flight are bars, with an estimate of when they end: by their own rate, or by how long their service
    usually takes. The curve of a wallet is that of the last day. Keys: p pauses submitting, r ends a pause, q leaves.
    """
    session.warn()
    if not screen.is_terminal() or not is_ours() or os.environ.get("TERM") == "dumb":
        _print_once(session)
        return 0
    try:
        Loop(session).run()
    except Ended as ended:
        return 0 if ended.number == signal.SIGINT else 128 + ended.number
    return 0


def _print_once(session: Session) -> None:
    click.echo("This is no terminal that can be drawn on, so the screen is printed once.", err=True)
    snapshot = read_snapshot(session, Services(session), now())
    columns, rows = size()
    for line in plain(render(snapshot, columns, rows))[:-1]:
        sys.stdout.write(f"{line}\n")
