"""`backup`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tracker.cli.numbers import Whole
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.lib.clock import now
from tracker.store.backup import backup as write_backup
from tracker.store.backup import backup_into


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE when it exists.")
@click.option(
    "--keep",
    type=Whole(min=1),
    metavar="N",
    help="FILE is a folder: keep the newest N copies in it, and delete the older ones.",
)
@json_option
@pass_session
def backup(session: Session, file: Path, force: bool, keep: int | None, as_json: bool) -> None:
    """Copy the database to FILE, while the daemon runs.

    The copy is consistent, and only you can read it. In a folder it gets a name with its time.
    """
    if file.is_dir():
        _into(session, file, keep, as_json)
        return
    if keep is not None:
        raise Refused(f"--keep needs a folder, and {file} is none; make it first")
    if file.exists() and not force:
        raise Refused(f"{file} already exists; choose another name, or replace it with --force")
    if not file.parent.is_dir():
        raise Refused(f"the folder {file.parent} does not exist")
    write_backup(session.db, file)
    _say(file, [], as_json)


def _into(session: Session, folder: Path, keep: int | None, as_json: bool) -> None:
    file, deleted = backup_into(session.db, folder, keep, now())
    _say(file, deleted, as_json)
    for old in [] if as_json else deleted:
        click.echo(f"{old} is deleted; the newest {keep} are kept.")


def _say(file: Path, deleted: Sequence[Path], as_json: bool) -> None:
    note_done(f"{file} is written")
    if as_json:
        size, old = file.stat().st_size, [str(one) for one in deleted]
        print_json({"file": str(file), "bytes": size, "deleted": old})
        return
    click.echo(f"{file}: {file.stat().st_size:,} bytes; only you can read it.")
