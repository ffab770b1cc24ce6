"""When active orders were checked and are due, kept once for all that are due together."""

from __future__ import annotations

import random
from pathlib import Path

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.cohorts import SIZE, Polled
from tracker.orders.order import State
from tracker.store import changes, cohorts, orders, polls
from tracker.store.database import Database

Times = tuple[int, int | None]


def times(db: Database) -> dict[int, Times]:
    rows = db.sql("SELECT polls.id, due_at, checked_at FROM polls JOIN cohorts ON cohorts.id = cohort")
    return {order_id: (due_at, checked_at) for order_id, due_at, checked_at in rows}


def sizes(db: Database) -> list[int]:
    counted = "SELECT (SELECT COUNT(*) FROM polls WHERE cohort = cohorts.id) FROM cohorts ORDER BY id"
    return [size for (size,) in db.sql(counted)]


def placed(db: Database, *panels: str) -> None:
    first = 1 + db.sql("SELECT COALESCE(MAX(id), 0) FROM orders")[0][0]
    enqueued(db, *(a_draft(panel=panel, panel_order_id=str(first + n)) for n, panel in enumerate(panels)))


def read(db: Database, *order_ids: int) -> list[Polled]:
    found = polls.due(db, "p", 1000, NOW + HOUR, 0)
    return [Polled(one.id, one.cohort, NOW + MINUTE, NOW) for one in found if one.id in order_ids]


def poll(db: Database, repeated: list[Polled]) -> None:
    changes.apply(db, [], NOW, repeated=repeated)


def test_orders_that_are_queued_together_are_due_together_a_call_each(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed(db, *["p"] * (SIZE + 5), "q")

    assert sizes(db) == [SIZE, 5, 1]
    assert {*times(db).values()} == {(NOW, None)}


def test_a_poll_without_news_writes_nothing_of_the_orders_themselves(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed(db, *["p"] * 60)
    before = db.sql("SELECT * FROM polls ORDER BY id")

    poll(db, read(db, *range(1, 61)))

    assert db.sql("SELECT * FROM polls ORDER BY id") == before
    assert {*times(db).values()} == {(NOW + MINUTE, NOW)}


def test_what_was_not_polled_of_a_cohort_is_due_as_before(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed(db, "p", "p", "p")

    poll(db, read(db, 1, 2))

    assert times(db) == {1: (NOW + MINUTE, NOW), 2: (NOW + MINUTE, NOW), 3: (NOW, None)}


def test_a_cohort_that_another_process_has_changed_since_it_was_read_is_looked_at_anew(
    tmp_path: Path,
) -> None:
    db = a_database(tmp_path)
    placed(db, *["p"] * 4)
    known = read(db, 1, 2, 3, 4)
    cohorts.postpone(db, [2], NOW + HOUR)
    lost = orders.by_id(db, 3)
    assert lost is not None
    over = OrderChange(lost, lost._replace(state=State.CANCELED, finished_at=NOW), "canceled by hand")
    changes.apply(db, [over], NOW)

    poll(db, known)

    assert times(db) == dict.fromkeys((1, 2, 4), (NOW + MINUTE, NOW))
    assert 0 not in sizes(db)
    assert polls.next_at(db, "p") == NOW + MINUTE


def test_the_last_order_of_a_cohort_takes_it_along(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed(db, "p")
    (order,) = orders.some(db, [1])
    changes.apply(
        db, [OrderChange(order, order._replace(state=State.FAILED, finished_at=NOW), "it failed")], NOW
    )

    assert (times(db), sizes(db), polls.next_at(db, "p")) == ({}, [], None)


def test_a_cohort_without_orders_keeps_nobody_waiting(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    placed(db, "p")
    with db.transaction():
        db.sql("INSERT INTO cohorts (panel, due_at) VALUES ('p', 3)")

    assert polls.next_at(db, "p") == NOW


def test_a_few_of_a_cohort_are_not_picked_without_the_rest_of_it(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for n in range(2):
        placed(db, *["p"] * 97)
        cohorts.postpone(db, range(1 + 97 * n, 98 + 97 * n), NOW + n)

    first = polls.due(db, "p", 100, NOW + MINUTE, 0)
    more = polls.due(db, "p", 110, NOW + MINUTE, 0)
    behind = polls.due(db, "p", 200, NOW + MINUTE, 0, polls.cursor_of(more[-1]))

    assert [len(first), len(more), len(behind)] == [97, 110, 84]
    assert [one.id for one in (*more, *behind)] == [*range(1, 195)]


def test_each_order_is_due_when_it_was_said_to_be_whatever_happens_beside_it(tmp_path: Path) -> None:
    chance, db, model = random.Random(7), a_database(tmp_path), dict[int, Times]()
    stale: list[Polled] = []
    for step in range(60):
        if step % 3 == 0:
            panels = [chance.choice("ppppq") for _ in range(chance.randrange(1, 90))]
            first = 1 + (db.sql("SELECT COALESCE(MAX(id), 0) FROM orders")[0][0])
            placed(db, *panels)
            model |= dict.fromkeys(range(first, first + len(panels)), (NOW, None))
        where = dict(db.sql("SELECT id, cohort FROM polls"))
        some = chance.sample(sorted(where), chance.randrange(len(where) + 1))
        if step % 4 == 0 and some:
            over = orders.some(db, some[:20])
            done = [OrderChange(one, one._replace(state=State.FAILED), "it failed") for one in over]
            changes.apply(db, done, NOW)
            model = {one: known for one, known in model.items() if one not in {order.id for order in over}}
        elif step % 7 == 0:
            cohorts.postpone(db, some, NOW + step)
            model |= {one: (NOW + step, model[one][1]) for one in some}
        due_at = [NOW + chance.randrange(3) for _ in some]
        seen = [
            Polled(one, where[one], at, NOW + step)
            for one, at in zip(some, due_at, strict=True)
            if chance.random() < 0.9
        ]
        poll(db, [*stale, *seen])
        for one in (*stale, *seen):
            if one.order_id in model:
                model[one.order_id] = (one.due_at, one.checked_at)
        stale = [one._replace(due_at=NOW + 50) for one in seen[::9]]

        assert times(db) == model, step
        assert all(0 < size <= SIZE for size in sizes(db))
        mixed = "SELECT 1 FROM polls JOIN cohorts ON cohorts.id = cohort WHERE cohorts.panel <> polls.panel"
        assert db.sql(mixed) == []
    assert len(sizes(db)) < len(model) / 10
