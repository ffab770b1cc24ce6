"""What can happen to the file of a database while a daemon works on it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

Change = Callable[[Path, Path], None]
"""Does it to a database; the second path is a backup that may be used up."""


def replaced(database: Path, backup: Path) -> None:
    backup.replace(database)


def replaced_with_all(database: Path, backup: Path) -> None:
    without_wal(database, backup)
    backup.replace(database)


def deleted(database: Path, _backup: Path) -> None:
    database.unlink()


def deleted_with_all(database: Path, _backup: Path) -> None:
    for file in database.parent.glob("tracker.db*"):
        file.unlink()


def without_wal(database: Path, _backup: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink()


def moved_away(database: Path, _backup: Path) -> None:
    aside = database.parent / "aside"
    aside.mkdir()
    for file in database.parent.glob("tracker.db*"):
        file.replace(aside / file.name)


def overwritten(database: Path, backup: Path) -> None:
    shutil.copyfile(backup, database)


def overwritten_when_all_is_in_it(database: Path, backup: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    overwritten(database, backup)


def put_back_by_sqlite(database: Path, backup: Path) -> None:
    """As `.restore` of the shell of SQLite does."""
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(database, timeout=30)) as target:
        source.backup(target)


CHANGES: tuple[Change, ...] = (
    replaced, replaced_with_all, deleted, deleted_with_all, without_wal, moved_away, overwritten,
    overwritten_when_all_is_in_it, put_back_by_sqlite,
)  # fmt: skip
