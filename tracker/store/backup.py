"""Copies a whole queue: into a backup file, and from a SQLite file into another database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tracker.store import epoch
from tracker.store.daemons import InstanceLock
from tracker.store.database import Database, StorageFault, private
from tracker.store.engines.library import peewee
from tracker.store.tables import TABLES

NUMBERED = ("orders", "history", "attempts", "looks", "balances", "episodes", "alerts", "deliveries")
"""Tables whose rows have an id, each after those that it points to."""

SMALL = ("accounts", "services", "targets", "probes", "tallies", "epoch")
"""Tables that are read whole."""

PAGE = 5000

_TRUTHS = {
    (model._meta.table_name, field.column_name)
    for model in TABLES
    for field in model._meta.sorted_fields
    if isinstance(field, peewee.BooleanField)
}
"""Columns that SQLite keeps as 0 and 1."""


def backup(db: Database, file: Path) -> None:
    """Write a consistent copy to a file, while others read and write; in place only once it is whole."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        private(part)
        _write_copy(db, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise StorageFault(f"{file}: {error.strerror}; free some space, or choose another place") from None
    finally:
        for side in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{part}{side}").unlink(missing_ok=True)


def _write_copy(db: Database, part: Path) -> None:
    with db.translate_errors():
        is_whole = db.engine.backup(part)
    copy = Database(f"sqlite:///{part}")
    copy.open()
    try:
        if not is_whole:
            copy_rows(db, copy)
        epoch.mark_copy(copy)
        copy.sql("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()


def move(file: Path, db: Database, progress: Callable[[int], None] = lambda _rows: None) -> Path:
    """Move the queue of a SQLite file into an empty database; return what the file is called from then on.

    The file is set aside first, so that no daemon can ever work on both; StorageFault when one works on it now,
    or when the database holds orders already.
    """
    if any(db.sql(f"SELECT 1 FROM {table} LIMIT 1") for table in ("orders", "accounts", "alerts")):
        raise StorageFault(
            f"{db.name} holds a queue already; a queue can be moved into an empty database only"
        )
    old = Database(f"sqlite:///{file}")
    with InstanceLock(old).taken():
        old.open()  # brings its schema up to date
        old.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
        aside = file.with_name(f"{file.name}.moved")
        file.replace(aside)
        source = Database(f"sqlite:///{aside}")
        try:
            copy_rows(source, db, progress)
        except BaseException:
            source.close()
            aside.replace(file)
            raise
        source.close()
    return aside


def copy_rows(
    source: Database, target: Database, progress: Callable[[int], None] = lambda _rows: None
) -> None:
    """Copy every row of every table into an empty database, in one transaction, as they stood at one moment."""
    with source.snapshot(), target.transaction():
        for table in (*NUMBERED, *SMALL):
            columns = _columns(source, table)
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            for page in _pages(source, table, columns):
                target.many(insert, page)
                progress(len(page))
            if table in NUMBERED:
                target.engine.set_last_id(table, source.engine.last_id(table))


def _columns(db: Database, table: str) -> list[str]:
    with db.translate_errors():
        return [
            column[0] for column in db.engine.peewee.execute_sql(f"SELECT * FROM {table} LIMIT 0").description
        ]


def _pages(db: Database, table: str, columns: list[str]) -> Iterator[list[list[Any]]]:
    """Yield the rows of a table, a page at a time."""
    truths = [at for at, column in enumerate(columns) if (table, column) in _TRUTHS]
    names = ", ".join(columns)
    if table in SMALL:
        yield _as_truths(db.sql(f"SELECT {names} FROM {table}"), truths)
        return
    after = 0
    key = columns.index("id")
    while rows := db.sql(f"SELECT {names} FROM {table} WHERE id > ? ORDER BY id LIMIT {PAGE}", (after,)):
        yield _as_truths(rows, truths)
        after = rows[-1][key]


def _as_truths(rows: list[tuple[Any, ...]], truths: list[int]) -> list[list[Any]]:
    made = [list(row) for row in rows]
    for row in made:
        for at in truths:
            row[at] = None if row[at] is None else bool(row[at])
    return made
