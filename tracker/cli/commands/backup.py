"""`backup`."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.store.backup import backup as write_backup


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it exists.")
@pass_session
def backup(session: Session, file: Path, force: bool) -> None:
    """Copy the database to FILE, while the daemon runs.

    The copy is consistent, and only you can read it.
    """
    if file.exists() and not force:
        raise Refused(f"{file} already exists; choose another name, or replace it with --force")
    if not file.parent.is_dir():
        raise Refused(f"the folder {file.parent} does not exist")
    write_backup(session.db, file)
    note_done(f"{file} is written")
    click.echo(f"{file}: {file.stat().st_size:,} bytes; only you can read it.")
