"""`watch`: the live screen."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import NoReturn

import click

from tracker.cli.orders.columns import Services
from tracker.cli.output import print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.status.as_json import status_json
from tracker.cli.status.reading import status_of
from tracker.cli.terminal import screen
from tracker.cli.watch.loop import Loop
from tracker.cli.watch.snapshot import read_snapshot
from tracker.cli.watch.terminal import Ended, is_ours, plain, size
from tracker.cli.watch.view import render
from tracker.lib.clock import now
from tracker.operations.health import findings

JSON_EVERY_S = 2
"""Seconds between two lines for programs."""


@click.command()
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print what `status --json` prints, a line every two seconds, until you stop it.",
)
@pass_session
def watch(session: Session, as_json: bool) -> int:
    """Watch orders, wallets and alerts live; pause and resume.

    Orders in flight are bars, with an estimate of when they end: by their own rate, or by how long their service
    usually takes. The curve of a wallet is that of the last day. Keys: p pauses submitting, r ends a pause, q leaves.
    """
    session.warn()
    if as_json:
        _print_for_ever(session)
    if not screen.is_terminal() or not is_ours() or os.environ.get("TERM") == "dumb":
        _print_once(session)
        return 0
    try:
        Loop(session).run()
    except Ended as ended:
        return 0 if ended.number == signal.SIGINT else 128 + ended.number
    return 0


def _print_for_ever(session: Session) -> NoReturn:
    while True:
        at = now()
        snapshot = status_of(session, at)
        print_json(status_json(snapshot, findings(snapshot, at), at))
        sys.stdout.flush()
        time.sleep(JSON_EVERY_S)


def _print_once(session: Session) -> None:
    screen.say("This is no terminal that can be drawn on, so the screen is printed once.", err=True)
    snapshot = read_snapshot(session, Services(session), now())
    columns, rows = size()
    for line in plain(render(snapshot, columns, rows))[:-1]:
        sys.stdout.write(f"{line}\n")
