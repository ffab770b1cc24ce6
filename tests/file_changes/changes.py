"""What can happen to the file of a database while a daemon works on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
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


CHANGES: tuple[Change, ...] = (
    replaced, replaced_with_all, deleted, deleted_with_all, without_wal, moved_away, overwritten,
)  # fmt: skip
