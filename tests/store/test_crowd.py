"""Writers of every kind at once on one PostgreSQL queue: nothing is lost, and there is no deadlock."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.databases import Server
from tests.support.project import Inbox, Project, eventually
from tests.support.samples import NOW, a_database, a_draft, enqueued, prune_orders
from tracker.accounts.account import after_pause, after_resume
from tracker.lib.times import DAY
from tracker.orders.answers import Report
from tracker.orders.order import State
from tracker.orders.status import after_status
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import changes, counters, outbox, queue
from tracker.store.database import Database

pytestmark = pytest.mark.postgresql

ADDED = 40
ADDERS = 4
LONG_AGO = NOW - 100 * DAY


def now() -> int:
    return time.time_ns() // 1000


def add(db: Database, number: int) -> None:
    """Queue orders of one writer, and orders that all writers queue."""
    for n in range(ADDED):
        own = a_draft(f"https://x.example/{number}-{n}", service="2", ref=f"{number}-{n}")
        shared = a_draft(f"https://x.example/all-{n}", service="2", ref=f"all-{n}")
        queue.enqueue(
            db, [queue.Entry(one) for one in ((own, shared) if number % 2 else (shared, own))], now()
        )


def pause_and_resume(db: Database, _number: int) -> None:
    for _ in range(20):
        changes.update_account(db, "p", lambda account: after_pause(account, now()), now())
        changes.update_account(db, "p", after_resume, now())
        time.sleep(0.05)


def prune(db: Database, _number: int) -> None:
    """Prune what daemons may be checking at the same time."""
    for _ in range(20):
        prune_orders(db, LONG_AGO + 1, 5)
        outbox.prune(db, now(), 50)
        time.sleep(0.05)


def add_finished_long_ago(db: Database, ids: list[int]) -> None:
    """Add orders that finished long ago and are due for another check."""
    drafts = [a_draft(f"https://x.example/old-{one}", service="2", panel_order_id=str(one)) for one in ids]
    done = Report("Completed", State.COMPLETED)
    changes.apply(
        db,
        [
            change
            for one in enqueued(db, *drafts, now=LONG_AGO)
            if (change := after_status(one, done, LONG_AGO, LONG_AGO))
        ],
        LONG_AGO,
    )


def test_many_writers_at_once_lose_nothing_and_never_block_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(what: Callable[[Database, int], None], number: int) -> None:
        db = Database(databases.url(tmp_path))
        db.open()
        what(db, number)
        db.close()

    with (
        Server("deadlock_timeout=50ms") as server,
        PracticePanel(Behaviour(pace=50)) as panel,
        Inbox() as inbox,
    ):
        monkeypatch.setattr(databases, "home", server)
        project = Project(tmp_path, panel, alerts=inbox.target())
        db = a_database(tmp_path)
        add_finished_long_ago(db, panel.state.fill(60, service=2, word="Completed"))
        jobs = [(add, number) for number in range(ADDERS)] + [
            (pause_and_resume, 0),
            (pause_and_resume, 1),
            (prune, 0),
            (prune, 1),
        ]
        threads = [threading.Thread(target=work, args=job) for job in jobs]
        with project.daemon(), project.daemon():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            eventually(lambda: set(counters.counts(db)["p"]) == {"completed"})
        placed = Counter(one.link for one in panel.state.ledger)
        found = dict(db.sql("SELECT state, COUNT(*) FROM orders GROUP BY state"))
        assert counters.counts(db).get("p", {}) == found
        assert "ERROR" not in (server.folder / "log").read_text()

    assert len(placed) == ADDED * (ADDERS + 1)
    assert set(placed.values()) == {1}
    assert set(found) == {"completed"}
