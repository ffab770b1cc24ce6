"""Detects a database that is older than the one that was used here: a restored backup, or a copy put back by hand.

The epoch is a number that grows while a daemon runs, and with each intent to send. It is kept in the database and,
where that is a file, in a second file beside it. That file is written after the database, so it is never ahead of its
own database.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import structlog

from tracker.store import side_files
from tracker.store.database import Database

log = structlog.get_logger(__name__)

COPIED = -1
"""The epoch of a copy that `backup` wrote: lower than every other."""


def is_behind(db: Database) -> bool:
    """Tell whether orders may have been sent since this database was written."""
    if not db.sql("SELECT id FROM orders LIMIT 1"):
        return False
    number = _number(db)
    return number == COPIED or number < _read_file(db.sidecar(".epoch"))


def advance(db: Database) -> int:
    """Raise the epoch in the database, then in the file; return it. Only an older copy of the database lowers it."""
    file = db.sidecar(".epoch")
    with db.transaction():
        db.lock("epoch")
        number = max(_number(db), _read_file(file)) + 1
        _set(db, number)
    if file is not None:
        _write_file(file, number)
    return number


def raise_with_intent(db: Database) -> int | None:
    """Raise the epoch in the transaction that records an intent to send, and return it; None on a server.

    So a file that lacks the intent, because it is older or because its `-wal` was lost, is behind.
    """
    if db.file is None:
        return None
    found = db.sql("UPDATE epoch SET number = number + 1 WHERE number >= 0 RETURNING number")
    return int(found[0][0]) if found else None


def note_intent(db: Database, number: int | None) -> None:
    """Write the epoch of an intent into the file, after its transaction and before anything is sent."""
    file = db.sidecar(".epoch")
    if file is not None and number is not None:
        _write_in_place(file, number)


def mark_copy(db: Database) -> None:
    """Mark a database as a copy: it lacks what is done with the original later."""
    with db.transaction():
        _set(db, COPIED)


def _set(db: Database, number: int) -> None:
    db.many("DELETE FROM epoch", [()])
    db.many("INSERT INTO epoch (number) VALUES (?)", [(number,)])


def _number(db: Database) -> int:
    found = db.sql("SELECT number FROM epoch")
    return int(found[0][0]) if found else 0


def _read_file(file: Path | None) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(side_files.read(file)) if file is not None else 0
    return 0


def _write_in_place(file: Path, number: int) -> None:
    """Write the number over the older one, without waiting for the disk: a power loss takes only newer numbers away."""
    try:
        descriptor = side_files.open_or_create(file)
        try:
            side_files.overwrite(descriptor, f"{number}\n".encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("epoch.write_failed", file=str(file), why=str(error))


def _write_file(file: Path, number: int) -> None:
    try:
        side_files.replace(file, f"{number}\n".encode())
    except OSError as error:
        log.warning("epoch.write_failed", file=str(file), why=str(error))
