"""Puts a backup in place of a SQLite database: whatever happens meanwhile, one of the two is there as a whole.

The copy is complete and on the disk before anything is moved. Nothing is deleted: the files of before are set aside.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tracker.lib.times import rfc3339
from tracker.store import daemons, epoch, side_files
from tracker.store.database import Database, StorageFault
from tracker.store.engines import restore_plan
from tracker.store.engines.wal_owner import refuse_foreign_wal
from tracker.store.instance_lock import InstanceLock

SHARED_LOCK, SHARED_BYTES = 0x40000002, 510
"""Where in a database file each open connection of SQLite has a lock."""

TRIES, TRY_DELAY_S = 100, 0.05
"""A command that is using the database ends soon."""

SERVER = (
    "the config names a PostgreSQL database, and `restore` puts a file in place. Stop every daemon, then load your "
    "dump with pg_restore or psql; a file of `tracker backup` goes into an empty database with `tracker move FILE`. "
    "Either way, compare the queue with the panel's page before you start a daemon"
)


def restore(file: Path, db: Database, now: int) -> list[Path]:
    """Put a copy of a backup in place of a database that is not open; return where the files of before are now.

    StorageFault, with everything as it was, when a daemon or another program uses the database, or when the backup is
    not a whole one.
    """
    if db.file is None:
        raise StorageFault(SERVER)
    target = db.file.path
    _check_file(file, target)
    restore_plan.finish(target)
    stamp = "".join(filter(str.isalnum, rfc3339(now)))
    with InstanceLock(db).held(), _unused(target):
        _write_new(file, target, stamp)
        restore_plan.finish(target)
    old = [restore_plan.aside(target, stamp, suffix) for suffix in restore_plan.PARTS]
    return [path for path in old if path.exists()]


def _check_file(file: Path, target: Path) -> None:
    """Refuse what is no file, what is the database itself, and what lies beside the `-wal` of another file."""
    try:
        is_file, is_target = stat.S_ISREG(file.stat().st_mode), target.exists() and target.samefile(file)
    except OSError as error:
        raise StorageFault(f"{file}: {error.strerror}") from None
    if not is_file:
        raise StorageFault(f"{file} is not a file")
    if is_target:
        raise StorageFault(f"{file} is the database itself; name the backup that is to take its place")
    refuse_foreign_wal(Path(os.path.realpath(file)))


@contextmanager
def _unused(target: Path) -> Iterator[None]:
    """Let nobody open the database during a block; StorageFault when another program has it open."""
    try:
        file = os.open(target, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise StorageFault(f"{target}: {error.strerror}") from None
    try:
        _lock_out(file, target)
        yield
    finally:
        os.close(file)


def _lock_out(file: int, target: Path) -> None:
    for _ in range(TRIES):
        with suppress(OSError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_BYTES, SHARED_LOCK)
            return
        time.sleep(TRY_DELAY_S)
    raise StorageFault(f"another program has {target} open; end it first (`fuser {target}` names it)")


# -- the new file -----------------------------------------------------------------------------------------


def _write_new(file: Path, target: Path, stamp: str) -> None:
    """Write the new file and the plan to put it in place; or leave nothing behind."""
    part = restore_plan.part_of(target)
    try:
        os.close(side_files.create_new(part))
        _copy(file, part)
        _give_to_owner(part, target)
        _sync(part)
        restore_plan.write(target, stamp)
    except BaseException as error:
        if not restore_plan.plan_of(target).exists():
            for suffix in restore_plan.PARTS:
                Path(f"{part}{suffix}").unlink(missing_ok=True)
        if isinstance(error, OSError):
            why = f"{error.filename or target}: {error.strerror}"
            raise StorageFault(f"{why}; nothing was changed, {target} is the old one") from None
        raise


def _why(error: sqlite3.Error) -> str:
    is_other = getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB"
    return "it is not a database; name a file that `tracker backup` wrote" if is_other else "it is damaged"


def _copy(file: Path, part: Path) -> None:
    """Copy what a backup holds, check that it is whole, bring it up to date, and mark it as a copy."""
    try:
        with closing(_source(file)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _check(copy, file)
    except sqlite3.Error as error:
        raise StorageFault(f"{file} cannot be restored: {_why(error)}; nothing was changed") from None
    new = Database(f"sqlite:///{part}")
    try:
        new.open()
        epoch.mark_copy(new)
        daemons.forget_all(new)  # those of the backup ran on another file
        new.sql("PRAGMA journal_mode=DELETE")
    except StorageFault as fault:
        raise StorageFault(f"{str(fault).replace(str(part), str(file))}; nothing was changed") from None
    finally:
        new.close()


def _source(file: Path) -> sqlite3.Connection:
    """Open a backup to read it, without writing anything beside it where it is one file."""
    real = os.path.realpath(file)
    wal = Path(f"{real}-wal")
    how = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
    return sqlite3.connect(f"file://{quote(real)}?{how}", uri=True)


def _check(copy: sqlite3.Connection, file: Path) -> None:
    tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"schema_migration", "orders", "accounts", "epoch"} <= tables:
        raise StorageFault(f"{file} is not a tracker database; nothing was changed")
    faults = [text for (text,) in copy.execute("PRAGMA integrity_check(1)")]
    if faults != ["ok"]:
        raise StorageFault(f"{file} is damaged ({faults[0]}); nothing was changed. Use another backup")


def _give_to_owner(part: Path, target: Path) -> None:
    """Give the new file to the owner of the old one, or of the folder: the daemon must be able to open it."""
    like = target.stat() if target.exists() else target.parent.stat()
    found = part.stat()
    if (found.st_uid, found.st_gid) == (like.st_uid, like.st_gid):
        return
    try:
        os.chown(part, like.st_uid, like.st_gid)
    except PermissionError:
        if found.st_uid != like.st_uid:
            raise


def _sync(part: Path) -> None:
    with part.open("rb") as written:
        os.fsync(written.fileno())
