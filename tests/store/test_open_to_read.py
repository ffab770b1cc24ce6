"""A command that only looks ahead changes no byte, makes no file and brings no schema up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.samples import a_database, a_draft, enqueued
from tracker.store import orders
from tracker.store.database import Database, StorageFault
from tracker.store.duplicates import Entry, Rehearsal

KILLED = """
import os, sys
from tests.support.samples import a_database, a_draft, enqueued
from pathlib import Path
enqueued(a_database(Path(sys.argv[1])), a_draft())
os._exit(9)
"""


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def looked_at(folder: Path) -> Database:
    db = Database(databases.url(folder))
    assert db.open_to_read()
    return db


@pytest.mark.sqlite
def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    assert not Database(databases.url(tmp_path / "nowhere")).open_to_read()
    assert files(tmp_path) == {}


@pytest.mark.sqlite
def test_a_database_is_read_without_changing_a_byte_also_after_a_crash(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(command, timeout=60).returncode == 9
    before = files(tmp_path)
    assert "tracker.db-wal" in before
    db = looked_at(tmp_path)
    assert len(list(orders.queued(db, "p"))) == 1
    db.close()
    assert files(tmp_path) == before

    a_database(tmp_path).close()  # the last to close it leaves one file
    before = files(tmp_path)
    assert "tracker.db-wal" not in before
    db = looked_at(tmp_path)
    assert len(list(orders.queued(db, "p"))) == 1
    db.close()
    assert files(tmp_path) == before


def test_nothing_can_be_written_and_another_version_is_not_brought_up_to_date(tmp_path: Path) -> None:
    writer = a_database(tmp_path)
    enqueued(writer, a_draft(ref="one"))
    db = looked_at(tmp_path)
    with pytest.raises(StorageFault):
        enqueued(db, a_draft(ref="two"))
    assert [order.ref for order in orders.queued(db, "p")] == ["one"]
    db.close()

    with writer.transaction():
        writer.sql("DELETE FROM schema_migration WHERE name = (SELECT MAX(name) FROM schema_migration)")
    with pytest.raises(StorageFault, match="written by an older tracker"):
        Database(databases.url(tmp_path)).open_to_read()


def test_a_rehearsal_finds_what_the_queue_has_and_what_came_earlier(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (standing,) = enqueued(db, a_draft(ref="one"))
    rehearsal = Rehearsal(db)
    drafts = [a_draft(ref="one"), a_draft(ref="one", quantity=7), a_draft(ref="two"), a_draft(ref="two")]
    found = rehearsal.enqueue([Entry(draft) for draft in drafts])
    later = rehearsal.enqueue([Entry(a_draft(ref="two", quantity=7))])

    assert [(one.index, one.order_id, one.same) for one in found] == [
        (0, standing.id, True),
        (1, standing.id, False),
        (3, 0, True),
    ]
    assert [(one.order_id, one.same) for one in later] == [(0, False)]
    assert rehearsal.standing([Entry(drafts[0]), Entry(drafts[2])]) == [True, False]
    assert [order.ref for order in orders.queued(db, "p")] == ["one"]
