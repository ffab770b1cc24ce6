"""Nothing is pruned that only looks old, and the names of what was pruned are not queued again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued, prune_orders
from tracker.config.loader import parse
from tracker.daemon.clock_guard import QUIET_AFTER_START, ClockGuard
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.order import Draft
from tracker.orders.resolution import By, after_drop
from tracker.store import backup, changes, orders, pruned, queue, uptime
from tracker.store.database import Database
from tracker.store.uptime import Horizon

YEAR = 365 * DAY
ROW = ("p", "4", "https://x.example/a", 100, "r")


def ended(db: Database, draft: Draft, key: str | None = None) -> int:
    queue.enqueue(db, [queue.Entry(draft, key)], NOW)
    found = db.sql("SELECT MAX(id) FROM orders")[0][0]

    order = orders.by_id(db, found)
    assert order is not None
    changes.apply(db, [after_drop(order, By.OPERATOR, NOW)], NOW)
    return int(found)


class Clocks:
    """A daemon's two clocks; only the first can be set."""

    def __init__(self, db: Database) -> None:
        self.now = self.elapsed = NOW
        config = parse("panels:\n  p: {url: 'https://x.example/api', key: k-k-k-k-k}\n", Path("/c.yaml"), {})
        self.guard = ClockGuard(db, config, lambda: self.now, lambda: self.elapsed, lambda: None)
        self.guard.check(self.now)

    def run(self, span: int, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.now += span // rounds
            self.elapsed += span // rounds
            self.guard.check(self.now)

    def horizon(self, keep: int) -> Horizon | None:
        return self.guard.horizon(self.guard.check(self.now), keep, self.now)


def test_a_clock_that_is_years_ahead_makes_nothing_old(tmp_path: Path) -> None:
    clocks = Clocks(a_database(tmp_path))
    clocks.run(3 * DAY, rounds=3)
    clocks.now += 2 * YEAR
    clocks.run(QUIET_AFTER_START)

    assert clocks.horizon(YEAR) is None
    found = clocks.horizon(2 * DAY)
    assert found is not None
    assert found.before < NOW + 3 * DAY


def test_what_ended_before_as_many_days_of_running_is_pruned(tmp_path: Path) -> None:
    clocks = Clocks(a_database(tmp_path))
    clocks.run(10 * DAY, rounds=10)

    found = clocks.horizon(3 * DAY)

    assert found is not None
    assert found.before == NOW + 7 * DAY
    assert clocks.horizon(11 * DAY) is None


def test_nothing_is_pruned_in_the_first_minutes_nor_within_a_day_after_a_step(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    clocks = Clocks(db)
    clocks.run(2 * DAY, rounds=2)
    uptime.note_step(db, HOUR, clocks.now)
    clocks.run(DAY - MINUTE)
    assert clocks.horizon(HOUR) is None
    clocks.run(HOUR)
    assert clocks.horizon(HOUR) is not None

    restarted = Clocks(db)
    assert restarted.horizon(HOUR) is None


def test_two_daemons_at_once_count_each_hour_once(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    one, other = Clocks(db), Clocks(db)
    for _ in range(5):
        one.run(HOUR)
        other.run(HOUR)

    assert uptime.read(db).ran == 5 * HOUR


def test_what_has_a_newer_row_in_the_history_is_kept_whatever_its_time(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    ended(db, a_draft())

    assert pruned.prune(db, Horizon(NOW + 1, 0, 0), 10, NOW) == 0


@pytest.mark.parametrize(("ref", "key"), [("r", None), (None, "k:1")])
def test_the_name_of_a_pruned_order_is_not_queued_again(
    tmp_path: Path, ref: str | None, key: str | None
) -> None:
    db = a_database(tmp_path)
    order_id = ended(db, a_draft(ref=ref), key)
    assert prune_orders(db, NOW + 1) == 1

    for quantity, same in ((100, True), (200, False)):
        (found,) = queue.enqueue(db, [queue.Entry(a_draft(ref=ref, quantity=quantity), key)], NOW)
        assert (found.order_id, found.same, found.pruned is not None) == (order_id, same, True)
    assert not queue.enqueue_simple(db, [ROW], NOW) or key
    assert enqueued(db, a_draft("https://new.example", ref="other"))


def test_an_order_that_was_placed_elsewhere_is_not_taken_in_again(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    draft = a_draft(panel_order_id="17")
    queue.enqueue(db, [queue.Entry(draft)], NOW)
    with db.transaction():
        db.sql("UPDATE orders SET finished_at = ?", (NOW,))
    assert prune_orders(db, NOW + 1) == 1

    (found,) = queue.enqueue(db, [queue.Entry(draft)], NOW)
    assert found.same


def test_names_are_forgotten_after_ten_years_of_running(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    ended(db, a_draft(ref="r"))
    prune_orders(db, NOW + 1)

    pruned.forget(db, pruned.KEPT_DAYS)
    assert pruned.find(db, [("ref", "r")])
    pruned.forget(db, pruned.KEPT_DAYS + 1)
    assert not pruned.find(db, [("ref", "r")])


def test_a_backup_has_the_names(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    ended(db, a_draft(ref="r"))
    prune_orders(db, NOW + 1)
    uptime.count(db, DAY, NOW)
    backup.backup(db, tmp_path / "copy.db")

    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    copy.open()
    assert pruned.find(copy, [("ref", "r")])
    assert uptime.read(copy).ran == DAY
    copy.close()
