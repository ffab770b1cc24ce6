"""Cohorts that several daemons pick and change at once, on one PostgreSQL server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.cohorts import Polled
from tracker.store import changes, cohorts, polls
from tracker.store.database import Database

pytestmark = pytest.mark.postgresql

_WAITING = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
_FREE = "SELECT id FROM cohorts ORDER BY id FOR UPDATE SKIP LOCKED"
DAEMONS, PATIENCE, FOR_S = 4, 10, 1.5
REST = SECOND // 10


def placed(db: Database, count: int) -> None:
    enqueued(db, *(a_draft(panel_order_id=str(n)) for n in range(1, count + 1)), now=1)


def until_another_waits(db: Database) -> None:
    until = time.monotonic() + PATIENCE
    while not db.sql(_WAITING)[0][0]:
        assert time.monotonic() < until
        time.sleep(0.01)


def free_while_locked(tmp_path: Path, lock: Callable[[Database], object]) -> list[int]:
    """Lock in another thread; return the cohorts that are left for a third."""
    with closing(Database(databases.url(tmp_path))) as other:
        other.open()
        with other.transaction():
            lock(other)
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(_left, tmp_path).result(PATIENCE)


def _left(tmp_path: Path) -> list[int]:
    with closing(Database(databases.url(tmp_path))) as third:
        third.open()
        with third.transaction():
            return [cohort for (cohort,) in third.sql(_FREE)]


@pytest.mark.parametrize("kind", ["changed", "polled"])
def test_an_order_that_goes_over_to_another_cohort_meanwhile_is_locked_with_that_one(
    tmp_path: Path, kind: str
) -> None:
    db = a_database(tmp_path)
    placed(db, 3)
    (first,) = {*cohorts.places(db, [1, 2, 3]).values()}
    seen = [Polled(2, first, NOW + HOUR, NOW)]
    of_it: dict[str, Callable[[Database], object]] = {
        "changed": lambda other: cohorts.lock(other, [2]),
        "polled": lambda other: cohorts.lock(other, [], seen),
    }
    left: Future[list[int]]
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            cohorts.lock(db, [1, 2, 3])
            left = pool.submit(free_while_locked, tmp_path, of_it[kind])
            until_another_waits(db)
            cohorts.postpone(db, [2], NOW + MINUTE)

        assert cohorts.places(db, [1, 2, 3])[2] not in left.result(PATIENCE)


def polled_again(tmp_path: Path, chance: random.Random, due_at: dict[int, int]) -> list[int]:
    """Poll as a daemon does, for a while; return the orders that were picked although they were not due again."""
    wrong, begun = list[int](), time.monotonic()
    with closing(Database(databases.url(tmp_path))) as db:
        db.open()
        while time.monotonic() - begun < FOR_S:
            with db.transaction():
                now = time.time_ns() // 1000
                picked = [one for one in polls.due(db, "p", 60, now, REST) if one.due_at <= now]
                wrong += [one.id for one in picked if due_at.get(one.id, 0) > now]
                again = time.time_ns() // 1000 + REST + chance.randrange(3) * REST // 5
                seen = [Polled(one.id, one.cohort, again + one.id % 3 * REST // 5, now) for one in picked]
                changes.apply(db, [], now, repeated=seen)
                due_at |= {one.order_id: one.due_at for one in seen}
            time.sleep(0 if picked else 0.002)
    return wrong


def test_what_another_daemon_has_polled_a_moment_ago_is_not_polled_again(tmp_path: Path) -> None:
    db, due_at = a_database(tmp_path), dict[int, int]()
    placed(db, 600)

    with ThreadPoolExecutor(DAEMONS) as pool:
        daemons = [pool.submit(polled_again, tmp_path, random.Random(n), due_at) for n in range(DAEMONS)]
        assert [one.result() for one in daemons] == [[]] * DAEMONS

    assert len(due_at) == 600
    assert dict(db.sql("SELECT polls.id, due_at FROM polls JOIN cohorts ON cohorts.id = cohort")) == due_at
