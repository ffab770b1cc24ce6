"""What several threads write at once is one change of the database, and each gets its own result."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.project import eventually
from tests.support.samples import a_database, a_draft
from tracker.store import orders, queue
from tracker.store.database import Database, StorageFault
from tracker.store.gathered import Gathered


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


class Writers:
    """Threads that queue an order each, under a lock that is held until all of them wait."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.gathered = Gathered("queue")
        self.results: dict[str, object] = {}
        self.doers: set[int] = set()

    def write(self, ref: str, fails: bool = False) -> int:
        """Queue an order and return its id; it fails after it has written."""
        queue.enqueue(self.db, [queue.Entry(a_draft(ref=ref))], 1)
        self.doers.add(threading.get_ident())
        if fails:
            raise ValueError(ref)
        return orders.newest(self.db).id

    def run(self, ref: str, fails: bool = False) -> None:
        try:
            self.results[ref] = self.gathered.run(self.db, lambda: self.write(ref, fails))
        except ValueError as error:
            self.results[ref] = error
        finally:
            self.db.close()

    def run_all(self, **fails: bool) -> None:
        """Let all of them wait, then go on."""
        threads = [threading.Thread(target=self.run, args=pair) for pair in fails.items()]
        with self.db.transaction():
            self.db.lock("queue")
            for thread in threads:
                thread.start()
            eventually(lambda: len(self.gathered._waiting) == len(fails))
        for thread in threads:
            thread.join()


def test_one_thread_writes_for_all_that_wait(db: Database) -> None:
    writers = Writers(db)

    writers.run_all(a=False, b=False, c=False)

    assert sorted(map(str, writers.results.values())) == ["1", "2", "3"]
    assert len(writers.doers) == 1


def test_what_goes_wrong_with_one_undoes_that_one_alone(db: Database) -> None:
    writers = Writers(db)

    writers.run_all(a=False, b=True, c=False)

    assert {order.ref for order in orders.listed(db)} == {"a", "c"}
    assert isinstance(writers.results["b"], ValueError)


@pytest.mark.sqlite
def test_where_nothing_can_be_written_all_are_told(db: Database) -> None:
    gathered = Gathered("queue")
    db.sql("PRAGMA query_only = 1")
    with pytest.raises(StorageFault):
        gathered.run(db, lambda: db.sql("DELETE FROM orders"))
    db.sql("PRAGMA query_only = 0")

    assert gathered.run(db, lambda: 7) == 7
