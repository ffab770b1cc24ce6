"""Detects a database that is older than the one that was used here: a restored backup, or a copy put back by hand.

The epoch is a number that grows while a daemon runs, and with each intent to send. It is kept in the database and,
where that is a file, in a second file beside it. That file is written after the database, so it is never ahead of its
own database.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

import structlog

from tracker.store import side_files
from tracker.store.database import Database
from tracker.store.engines.wal_owner import epoch_in_file
from tracker.store.seen import LARGEST, inode

log = structlog.get_logger(__name__)

COPIED = -1
"""The epoch of a copy that `backup` wrote: lower than every other."""


class Age(Enum):
    """How old a database is, compared with what the last daemon left beside it."""

    NEWEST = "nothing was sent since it was written"
    UNPROVEN = "it was moved or put back, or what lay beside it is gone"
    BEHIND = "orders may have been sent since it was written"


def age(db: Database) -> Age:
    """Compare a database with what lies beside it."""
    number = _number(db)
    if not db.sql("SELECT id FROM orders LIMIT 1"):
        return Age.NEWEST
    if number == COPIED or number < (_read_file(db.sidecar(".epoch")) or 0):
        return Age.BEHIND
    return Age.UNPROVEN if number and _is_elsewhere(db) else Age.NEWEST


def advance(db: Database) -> int:
    """Raise the epoch in the database, then in the file; return it. Only an older copy of the database lowers it."""
    file = db.sidecar(".epoch")
    with db.transaction():
        db.lock("epoch")
        number = max(_number(db), _read_file(file) or 0) + 1
        _set(db, number)
    if file is not None:
        _write_file(file, number)
    if db.last_seen is not None:
        db.last_seen.note_epoch(number)
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


def begin(db: Database) -> None:
    """Begin to note what this daemon sees of its file."""
    file = db.sidecar("")
    if db.last_seen is not None and file is not None:
        floor = epoch_in_file(file)
        db.last_seen.begin(COPIED if floor is None else floor)


def mark_copy(db: Database) -> None:
    """Mark a database as a copy: it lacks what is done with the original later."""
    with db.transaction():
        _set(db, COPIED)


def _is_elsewhere(db: Database) -> bool:
    """Tell whether the file is not where the last daemon left it, or lacks what that daemon left beside it."""
    file, beside = db.sidecar(""), db.sidecar(".epoch")
    if file is None or beside is None:
        return False
    seen = db.last_seen.read() if db.last_seen is not None else None
    return _read_file(beside) is None or (seen is not None and seen.file != inode(file))


def _set(db: Database, number: int) -> None:
    db.many("DELETE FROM epoch", [()])
    db.many("INSERT INTO epoch (number) VALUES (?)", [(number,)])


def _number(db: Database) -> int:
    found = db.sql("SELECT number FROM epoch")
    number = int(found[0][0]) if found else 0
    return number if number < LARGEST else 0


def _read_file(file: Path | None) -> int | None:
    """Return the number in the file; None when there is no file, or nothing in it that can be used."""
    if file is None:
        return None
    try:
        text = side_files.read(file).strip()
        number = int(text) if text.isdigit() and len(text) <= len(str(LARGEST)) else -1
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("epoch.unreadable", file=str(file), why=error.strerror)
        return None
    if 0 <= number < LARGEST:
        return number
    log.warning("epoch.unreadable", file=str(file), why=f"it holds no number of ours: {text[:40]!r}")
    return None


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
