"""`backup`."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import click

from tracker.cli.numbers import Whole
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.events import Event, Notice
from tracker.lib.clock import now
from tracker.lib.owners import user_name
from tracker.store import outbox
from tracker.store.backup import backup as write_backup
from tracker.store.backup import backup_into, is_part_of
from tracker.store.database import StorageFault


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

    The copy is consistent, and only you can read it. In a folder it gets a name with its time. With --keep nobody may
    be there to read what went wrong, so a failure is an alert too.
    """
    with alerting(session) if keep is not None else nullcontext():
        if file.is_dir():
            _into(session, file, keep, as_json)
            return
        if keep is not None:
            raise Refused(f"--keep needs a folder, and {file} is none; make it first")
    if is_part_of(session.db, file):
        raise Refused(f"{file} belongs to the database itself; choose another name")
    if file.exists() and not force:
        raise Refused(f"{file} already exists; choose another name, or replace it with --force")
    if not file.parent.is_dir():
        raise Refused(f"the folder {file.parent} does not exist")
    write_backup(session.db, file)
    _say(file, [], as_json)


@contextmanager
def alerting(session: Session) -> Iterator[None]:
    """Alert, once until it works again, when what is made unattended fails: the daemon sends it."""
    try:
        yield
    except (StorageFault, Refused, OSError) as error:
        why = error.format_message() if isinstance(error, Refused) else str(error)
        # A disk that is full takes no alert either: then the exit code has to do.
        with suppress(StorageFault):
            _post(session, {"why": why, "host": socket.gethostname()})
        raise
    with suppress(StorageFault):
        _post(session, {"kind": "made", "host": socket.gethostname()}, Event.BACKUP_FAILED)


def _post(session: Session, facts: Mapping[str, str], ends: Event | None = None) -> None:
    with session.db.transaction():
        outbox.post(session.db, [Notice(Event.BACKUP_FAILED, facts=facts, ends=ends)], now())


def _into(session: Session, folder: Path, keep: int | None, as_json: bool) -> None:
    file, deleted = backup_into(session.db, folder, keep, now())
    _say(file, deleted, as_json)
    for old in [] if as_json else deleted:
        screen.say(
            f"{old} is deleted; {'the newest one is' if keep == 1 else f'the newest {keep:,} are'} kept."
        )


def _say(file: Path, deleted: Sequence[Path], as_json: bool) -> None:
    note_done(f"{file} is written")
    if as_json:
        size, old = file.stat().st_size, [str(one) for one in deleted]
        print_json({"file": str(file), "bytes": size, "deleted": old})
        return
    made = file.stat()
    who = "you" if made.st_uid == os.geteuid() else user_name(made.st_uid)
    screen.say(f"{file}: {made.st_size:,} bytes; only {who} can read it.")
