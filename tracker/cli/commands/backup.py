"""`backup`."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.session import Refused, Session


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.pass_obj
def backup(session: Session, file: Path, force: bool) -> None:
    """Write a consistent copy of the database to FILE, while the daemon runs."""
    if file.exists() and not force:
        raise Refused(f"{file} is there already; choose another name, or replace it with --force")
    if not file.parent.is_dir():
        raise Refused(f"the folder {file.parent} does not exist")
    from tracker.store.backup import backup as write_backup

    write_backup(session.db, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes, readable by you alone.")
