"""`restore`."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.store.restore import restore as put_in_place


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_session
def restore(session: Session, file: Path, as_json: bool) -> None:
    """Put the backup FILE in place of the database.

    Stop the daemon first. The old files are set aside, FILE stays where it is, and nothing is sent before `resume`.
    """
    session.log_warnings()
    db = session.closed_db
    old = put_in_place(file, db, now())
    if as_json:
        print_json({"database": db.name, "copy_of": str(file), "set_aside": [str(path) for path in old]})
        return
    screen.say(f"{db.name} is now a copy of {file}.")
    for path in old:
        screen.say(f"The old file is set aside: {path}")
    screen.say(
        "Nothing is sent from it yet: orders that it calls queued may have been sent since. Start the daemon, "
        "compare the queue with the panel's page, `tracker drop` what was placed, then run `tracker resume`."
    )
