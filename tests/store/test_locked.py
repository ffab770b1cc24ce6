"""A SQLite file that another program keeps locked."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft
from tracker.store import queue
from tracker.store.database import Database, StorageFault
from tracker.store.engines import sqlite

pytestmark = pytest.mark.sqlite

TIMEOUT_S = 0.3
WRITERS = 60


def test_threads_that_write_do_not_wait_in_line_for_one_timeout_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", TIMEOUT_S)
    db = a_database(tmp_path)
    start = threading.Barrier(WRITERS)

    def seconds_until_refused(number: int) -> float:
        start.wait()
        began = time.monotonic()
        with pytest.raises(StorageFault, match="kept the database"):
            written(db, number)
        return time.monotonic() - began

    with closing(sqlite3.connect(tmp_path / "tracker.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(WRITERS) as pool:
            waits = list(pool.map(seconds_until_refused, range(WRITERS)))
        other.execute("ROLLBACK")
    assert max(waits) < WRITERS * TIMEOUT_S / 2
    written(db, 0)


def written(db: Database, number: int) -> None:
    queue.enqueue(db, [queue.Entry(a_draft(f"https://x.example/{number}"))], NOW)


NO_MEMORY = """
import sys
from tracker.store.database import Database, StorageFault

db = Database(f"sqlite:///{sys.argv[1]}")
db.open()
try:
    db.sql("PRAGMA hard_heap_limit = 1")
    db.sql("SELECT zeroblob(100000000)")
except StorageFault as fault:
    print(fault)
"""


def test_a_database_without_memory_says_so_and_its_writes_can_be_tried_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NO_MEMORY, str(tmp_path / "tracker.db")]

    said = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert said.stdout == "this machine has no memory left; close other programs\n", said.stderr
