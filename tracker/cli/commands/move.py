"""`move`."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.session import Session


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def move(session: Session, file: Path) -> None:
    """Move the queue of a SQLite FILE into the database of the config.

    Stop the daemon, write the new database into the config, then run this. FILE is set aside as FILE.moved.
    """
    from tracker.store.backup import move as move_queue

    rows = 0

    def count(moved: int) -> None:
        nonlocal rows
        rows += moved

    aside = move_queue(file, session.db, count)
    click.echo(f"{rows:,} rows moved to {session.db.name}; the old file is now {aside}.")
