"""Copies a whole queue: into a backup file, or from a SQLite file into another database."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tracker.accounts.account import after_move
from tracker.lib.system_errors import refusal
from tracker.lib.times import rfc3339
from tracker.store import changes, counters, epoch, side_files
from tracker.store.database import Database, StorageFault
from tracker.store.epoch import UNPROVEN, Age
from tracker.store.instance_lock import InstanceLock
from tracker.store.rows import placeholders
from tracker.store.tables import QUEUE, Table

PAGE = 5000
"""Rows read at a time from a table that grows."""

KEPT_NAME = r"tracker-\d{8}T\d{6}Z\.db"
"""What copies in a folder are called, of which the newest are kept; any other file there is left alone."""


_OWN = ("", "-wal", "-shm", "-journal", ".lock", ".epoch", ".seen", ".pace")
"""What a database in a file consists of."""


def is_part_of(db: Database, file: Path) -> bool:
    """Tell whether a file is the database itself or one of those beside it, be it there or not."""
    if db.file is None:
        return False
    database = db.file.path.resolve()
    own = {database.with_name(f"{database.name}{part}") for part in _OWN}
    return not own.isdisjoint({file.resolve(), file.parent.resolve() / file.name})


def backup(db: Database, file: Path) -> None:
    """Write a consistent copy to a file, while others read and write; the file appears only once it is complete.

    It must be no part of the database.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        os.close(side_files.create_new(part))
        _write_copy(db, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise StorageFault(f"{file} could not be written: {refusal(error)}") from None
    finally:
        for side in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{part}{side}").unlink(missing_ok=True)


def backup_into(db: Database, folder: Path, keep: int | None, now: int) -> tuple[Path, list[Path]]:
    """Write a copy into a folder, named by its time, and delete the oldest ones above `keep`; return it and those.

    This one is kept whatever the names say: others may be of a day when the clock was ahead.
    """
    stamp = "".join(filter(str.isalnum, rfc3339(now)[:19]))
    file = folder / f"tracker-{stamp}Z.db"
    backup(db, file)
    others = sorted(
        path for path in folder.iterdir() if re.fullmatch(KEPT_NAME, path.name) and path.name != file.name
    )
    surplus = others[: max(0, len(others) - keep + 1)] if keep else []
    for path in surplus:
        path.unlink(missing_ok=True)
    return file, surplus


def _write_copy(db: Database, part: Path) -> None:
    with db.translate_errors():
        is_complete = db.engine.backup(part)
    copy = Database(f"sqlite:///{part}")
    copy.open()
    try:
        if not is_complete:
            copy_rows(db, copy)
        epoch.mark_copy(copy)
        copy.sql("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def move(file: Path, db: Database, now: int, progress: Callable[[int], None] = lambda _rows: None) -> Path:
    """Move the queue of a SQLite file into an empty database; return the file's new path.

    What the file is where it lies, a backup or one that may not be the newest, the database is then.

    The file is renamed first, so that no daemon can ever use both. StorageFault when a daemon uses it now, or when
    the database already holds a queue.
    """
    if any(db.sql(f"SELECT 1 FROM {table} LIMIT 1") for table in ("orders", "accounts", "alerts")):
        raise StorageFault(
            f"{db.name} already holds a queue; a queue can only be moved into an empty database"
        )
    file = Path(os.path.realpath(file))  # or a symbolic link would be renamed, and the file stay in use
    old = Database(f"sqlite:///{file}")
    with InstanceLock(old).held():
        old.open()  # brings its schema up to date
        age = epoch.age(old)
        old.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
        renamed = file.with_name(f"{file.name}.moved")
        file.replace(renamed)
        source = Database(f"sqlite:///{renamed}")
        try:
            with db.transaction():
                copy_rows(source, db, progress)
                _mark(db, age, now)
        except BaseException:
            source.close()
            renamed.replace(file)
            raise
        source.close()
    return renamed


def _mark(db: Database, age: Age, now: int) -> None:
    """Note how old the queue is that was moved into a database."""
    if age is Age.BEHIND:
        epoch.mark_copy(db)
    elif age in UNPROVEN:
        for panel in counters.panels_to_send(db):
            changes.update_account(db, panel, partial(after_move, now=now, why=age.doubt), now)


def copy_rows(
    source: Database, target: Database, progress: Callable[[int], None] = lambda _rows: None
) -> None:
    """Copy every row of the queue into an empty database, in one transaction, as they stood at one moment.

    `progress` is called with the count of each page of rows that was copied.
    """
    with source.snapshot(), target.transaction():
        for table in QUEUE:
            insert = f"INSERT INTO {table.name} ({_names(table)}) VALUES ({placeholders(len(table.columns))})"
            for page in _pages(source, table):
                target.many(insert, _with_booleans(table, page))
                progress(len(page))
            if table.numbered:
                target.engine.set_last_id(table.name, source.engine.last_id(table.name))


def _pages(db: Database, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table, a page at a time; those of a small table as one page."""
    query = f"SELECT {_names(table)} FROM {table.name}"
    if not table.paged:
        yield db.sql(query)
        return
    last_id = 0
    while rows := db.sql(f"{query} WHERE id > ? ORDER BY id LIMIT {PAGE}", (last_id,)):
        yield rows
        last_id = rows[-1][table.columns.index("id")]


def _names(table: Table) -> str:
    return ", ".join(table.columns)


def _with_booleans(table: Table, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Make booleans of what SQLite keeps as 0 and 1: PostgreSQL takes no number for one."""
    if not table.booleans:
        return rows
    is_boolean = [name in table.booleans for name in table.columns]
    return [
        tuple(
            bool(value) if boolean and value is not None else value
            for value, boolean in zip(row, is_boolean, strict=True)
        )
        for row in rows
    ]
