"""What keeps the work flat however many orders there are: counts kept as orders move, and an index for each query."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples import NOW, a_database, a_draft, an_intent, enqueued
from tracker.decisions import after_drop, after_status
from tracker.orders import Order, Report, State
from tracker.store import accounts, changes, evidence, orders, outbox, parcels, queue, tallies
from tracker.store.database import Database
from tracker.times import DAY


def counted(db: Database) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for panel, state, count in db.sql("SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state"):
        found.setdefault(panel, {})[state] = count
    return found


def test_the_counts_are_those_of_the_rows_whatever_moved(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    fresh = enqueued(db, *(a_draft(f"https://x.example/{n}", ref=f"r{n}") for n in range(6)))
    enqueued(db, a_draft("https://x.example/0", ref="r0"))
    placed = enqueued(
        db, *(a_draft(f"https://y.example/{n}", panel="q", panel_order_id=str(n)) for n in range(4))
    )
    assert tallies.counts(db) == counted(db) == {"p": {"queued": 6}, "q": {"active": 4}}

    queue.claim(db, fresh[0], an_intent(), "USD")
    changes.apply(db, [after_drop(fresh[1], NOW)], NOW)
    done = [after_status(order, Report("Done", State.COMPLETED), NOW, NOW) for order in placed[:3]]
    changes.apply(db, [one for one in done if one], NOW)
    changes.apply(db, [one for one in done if one], NOW)  # outrun, and counted once
    assert tallies.counts(db) == counted(db)

    assert orders.prune(db, NOW + 1, 2) == 2
    assert tallies.counts(db) == counted(db)


def test_a_transaction_that_is_undone_counts_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    def undone() -> None:
        with db.transaction():
            enqueued(db, a_draft())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()

    assert tallies.counts(db) == {}


class Watched(Database):
    """A database that remembers the statements it runs."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.seen: dict[str, Any] = {}

    def watch(self) -> None:
        """Remember every statement from here on, as the database gets it."""
        self._db.query_hooks.append(lambda event: self.seen.setdefault(event.sql, event.params))


def plan(db: Database, statement: str, values: Any) -> list[str]:
    return [str(row[-1]) for row in db.sql(f"EXPLAIN QUERY PLAN {statement}", values or ())]


def everyday(db: Database) -> None:
    """Every question that the daemon and the commands ask again and again."""
    order = orders.by_id(db, 1)
    assert order is not None
    queue.next_queued(db, "p", NOW)
    queue.next_queued_at(db, "p")
    queue.link_is_open(db, order)
    queue.on_the_way(db, "p")
    queue.leftovers(db, "p")
    orders.by_ref(db, "r")
    orders.owner(db, "p", "17")
    orders.next_looks(db, "p", 100, NOW, NOW)
    orders.next_look_at(db, "p")
    orders.rechecks(db, "p", 100, NOW)
    orders.durations(db, "p", "4")
    orders.services_in_use(db, "p", ["4"], NOW)
    orders.any_in(db, [State.ACTIVE, State.UNKNOWN], "p")
    orders.any_in(db, [State.UNKNOWN])
    orders.history(db, order)
    orders.was_sent(db, order)
    orders.prune(db, NOW, 500)
    list(orders.listed(db, limit=100))
    list(orders.listed(db, ["unknown"], limit=100))
    list(orders.listed(db, ["completed"], "p", limit=100))
    list(orders.listed(db, since=NOW, limit=100))
    tallies.counts(db)
    evidence.any_lost(db, "p")
    evidence.lost_orders(db, "p", NOW)
    evidence.next_look_at(db, "p")
    evidence.unlooked(db, "p")
    accounts.read(db, "p")
    accounts.balances_since(db, "p", NOW - DAY)
    tallies.alerts(db)
    outbox.remind(db, NOW)
    parcels.next_parcel(db, "ops", NOW)
    parcels.next_due(db, "ops")
    outbox.prune(db, NOW, 500)


GROWING = ("orders", "history", "attempts", "alerts", "deliveries", "balances", "looks")
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)}|[a-z]\d?)\b(?! USING (COVERING )?INDEX)")


@pytest.mark.sqlite
def test_no_everyday_question_reads_a_whole_table_or_sorts_one(tmp_path: Path) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    enqueued(db, *(a_draft(f"https://x.example/{n}", panel_order_id=str(n)) for n in range(50)))
    db.watch()
    everyday(db)

    bad = {}
    for statement, values in list(db.seen.items()):
        if statement.split()[0] not in ("SELECT", "UPDATE", "DELETE"):
            continue
        steps = plan(db, statement, values)
        if any(SCAN.match(step) or ("TEMP B-TREE" in step and "LIMIT" in statement) for step in steps):
            bad[statement] = steps
    assert len(db.seen) > 25
    assert not bad, "\n".join(f"{key}\n   {value}" for key, value in bad.items())


PICKED_BY: dict[str, Callable[[Database, Order], object]] = {
    "orders_queued": lambda db, _order: queue.next_queued(db, "p", NOW),
    "orders_open": lambda db, order: queue.link_is_open(db, order),
    "orders_active": lambda db, _order: orders.next_looks(db, "p", 100, NOW, NOW, (NOW, 7)),
    "orders_rechecks": lambda db, _order: orders.rechecks(db, "p", 100, NOW),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("index", PICKED_BY)
def test_work_is_picked_off_an_index_of_its_own(tmp_path: Path, index: str) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    (order,) = enqueued(db, a_draft())
    db.watch()
    PICKED_BY[index](db, order)

    ((statement, values),) = db.seen.items()
    (step,) = plan(db, statement, values)
    assert index in step
