"""Tells whether the `-wal` beside a SQLite file belongs to it, before SQLite opens both.

SQLite applies whatever `-wal` lies beside a file. After a backup was moved over the live file, that is the one of the
file before: it brings the newest epoch with it and removes the mark of the backup, so that orders which the backup
calls queued would be paid again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tracker.store.engines.engine import StorageFault
from tracker.store.seen import WAL_HEADER, Seen, SeenFile, inode, runs_text, wal_salts

WRITE_VERSION = 18
"""Where a database file says whether it is used with a `-wal`."""

ROLLBACK = 1
"""What it says there when it is not: so in every file that `tracker backup` wrote."""

TRIES, TRY_DELAY_S = 3, 0.05
"""Another process may be moving a `-wal` into the file while the file is read."""

_kept: dict[tuple[int, int], int] = {}
"""Descriptors of database files. Closing one would take away the locks that SQLite has on the file in this process."""


@dataclass(frozen=True, slots=True)
class Files:
    """What is at the path of a database, before it is opened."""

    #: The inodes of the file and of its `-wal`; 0 where there is none, or an empty one.
    file: int
    wal: int
    #: The salts of the `-wal`.
    salts: str
    #: What the file says about a `-wal`.
    write_version: int | None = None
    #: The epoch in the file itself, without what is in the `-wal`; None when it cannot be read.
    epoch: int | None = None
    #: The newest run that the file itself tells of, and the one before it, as `runs_text`; None when it cannot be read.
    runs: str | None = None


@dataclass(frozen=True, slots=True)
class InFile:
    """What the file itself says of its epoch, without what is in the `-wal`; an older tracker named no run."""

    number: int = 0
    run: str | None = None
    run_before: str | None = None


def refuse_foreign_wal(database: Path) -> None:
    """Raise StorageFault when the `-wal` beside a database is the one of another file."""
    for left in reversed(range(TRIES)):
        seen = SeenFile(database).read()  # first: a daemon may be moving on, and what is read later is newer
        fault = fault_in(_files(database), seen)
        if fault is None:
            return
        if not left:
            raise StorageFault(_sentence(database, fault))
        time.sleep(TRY_DELAY_S)


def fault_in(files: Files, seen: Seen | None) -> str | None:
    """Say why the `-wal` cannot be the one of this file; None when it may be. Pure."""
    if not files.wal:
        return None
    if not files.file:
        return "there is no database to which it belongs"
    if files.write_version == ROLLBACK:
        return "the database is a backup, and a backup has none"
    if seen is None:
        return None
    if files.file != seen.file and files.wal == seen.wal:
        return "the database was replaced by another file, and it belongs to the one before"
    if files.runs is not None and seen.runs and not set(files.runs.split()) & set(seen.runs.split()):
        return "it belongs to another database, which ran here before"
    floor = seen.floor if files.salts == seen.salts else seen.epoch
    if files.epoch is not None and files.epoch < floor:
        return "the database is older than it"
    return None


def is_overwritten(database: Path) -> bool:
    """Tell whether another program wrote over a file that is in use: it says less than SQLite had moved into it.

    What cannot be read at this moment tells nothing: SQLite may be moving its `-wal` into the file.
    """
    seen, salts = SeenFile(database).read(), wal_salts(Path(f"{database}-wal"))  # `seen` first, as above
    if _write_version(database) == ROLLBACK:
        return True
    found = in_file(database)
    if seen is None or found is None:
        return False
    return found.number < (seen.floor if salts == seen.salts else seen.epoch)


def _sentence(database: Path, why: str) -> str:
    name = database.name
    return (
        f"{database}-wal does not belong to {name}: {why}. SQLite would mix the two, so nothing is opened. If you put "
        f"a backup or another copy there, set aside {name}-wal and {name}-shm (move them to another folder; delete "
        f"nothing), then start again: nothing is sent before `tracker resume`. Otherwise put the right {name} back. "
        "`tracker restore FILE` puts a backup in place without this"
    )


def _files(database: Path) -> Files:
    wal = Path(f"{database}-wal")
    files = Files(_inode_if_longer(database, 0), _inode_if_longer(wal, WAL_HEADER), wal_salts(wal))
    if not files.wal or not files.file:
        return files
    found = in_file(database)
    rest = (None, None) if found is None else (found.number, runs_text(found.run, found.run_before))
    return Files(files.file, files.wal, files.salts, _write_version(database), *rest)


def _inode_if_longer(path: Path, size: int) -> int:
    with suppress(OSError):
        return inode(path) if path.stat().st_size > size else 0
    return 0


def _write_version(database: Path) -> int | None:
    with suppress(OSError):
        found = database.stat()
        key = found.st_dev, found.st_ino
        if key not in _kept:
            _kept[key] = os.open(database, os.O_RDONLY | os.O_CLOEXEC)
        version = os.pread(_kept[key], 1, WRITE_VERSION)
        return version[0] if version else None
    return None


def in_file(database: Path) -> InFile | None:
    """Return what a database file says of its epoch, without what is in its `-wal`; None when it cannot be read."""
    uri = f"file://{quote(str(database.absolute()))}?mode=ro&immutable=1"
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as db:
        rows = db.execute("SELECT * FROM epoch").fetchall()  # the newest columns may be in the `-wal` only
        return InFile(*rows[0]) if rows else InFile()
    return None
