"""Finishes putting a backup in place of a database: whoever opens the database next does it, whatever was interrupted.

A plan, `.restoring` beside the database, is written when the new file is complete and on the disk. From then on the new
one counts: the files of before are set aside, the new one takes their place, and the plan goes.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path

from tracker.store import side_files
from tracker.store.engines.engine import StorageFault

PARTS = ("-wal", "-shm", "-journal", "")
"""What belongs to a database file, in the order in which it is set aside."""


def part_of(database: Path) -> Path:
    """Return where the new file waits."""
    return database.with_name(f".{database.name}.restored")


def plan_of(database: Path) -> Path:
    """Return where the plan is."""
    return Path(f"{database}.restoring")


def write(database: Path, stamp: str) -> None:
    """Write the plan: from here on the new file counts. The files of before get `stamp` in their names."""
    side_files.replace(plan_of(database), json.dumps({"before": stamp}).encode())
    sync(database.parent)


def aside(database: Path, stamp: str, suffix: str) -> Path:
    """Return where a file of before is set aside."""
    return Path(f"{database}.before-{stamp}{suffix}")


def finish(database: Path) -> None:
    """Carry out the plan, if there is one; several processes may come to it at once."""
    plan = plan_of(database)
    try:
        file = side_files.open_or_create(plan) if plan.exists() else None
        if file is not None:
            _carry_out(database, file)
    except OSError as error:
        raise StorageFault(
            f"{plan}: {error.strerror}; a restore was interrupted here and cannot be finished"
        ) from None


def _carry_out(database: Path, file: int) -> None:
    plan = plan_of(database)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not plan.exists() or not os.path.samestat(os.fstat(file), plan.stat()):
            return
        _move(database, _stamp(file))
        sync(database.parent)
        plan.unlink()
        sync(database.parent)
    finally:
        os.close(file)


def _stamp(file: int) -> str:
    with suppress(ValueError, TypeError, KeyError):
        stamp = json.loads(side_files.content(file))["before"]
        if isinstance(stamp, str) and stamp.isalnum():
            return stamp
    return "restore"


def _move(database: Path, stamp: str) -> None:
    part = part_of(database)
    if not part.exists():
        return  # all is in its place
    for suffix in PARTS:
        old, new = Path(f"{database}{suffix}"), aside(database, stamp, suffix)
        if old.exists() and not new.exists():
            old.rename(new)
    part.rename(database)


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
