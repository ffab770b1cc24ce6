"""`move`."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.store.backup import move as move_queue


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_session
def move(session: Session, file: Path, as_json: bool) -> None:
    """Move the queue of a SQLite FILE into the config's database.

    Stop the daemon, write the new database into the config, then run this. FILE is renamed to FILE.moved.
    """
    rows: list[int] = []
    aside = move_queue(file, session.db, now(), rows.append)
    note_done(f"{counted(sum(rows), 'row')} moved to {session.db.name}; the old file is now {aside}")
    if as_json:
        print_json({"rows": sum(rows), "database": session.db.name, "set_aside": str(aside)})
        return
    screen.say(f"{counted(sum(rows), 'row')} moved to {session.db.name}; the old file is now {aside}.")
