"""The rounds that look after the database: the heartbeat, what is pruned, and when reminders are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.daemon.clock_guard import QUIET_AFTER_START, ClockGuard
from tracker.daemon.passes.housekeeping import REMIND_DELAY, Housekeeping, remind
from tracker.daemon.restore_guard import RestoreGuard
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.store import accounts, changes, daemons, deliveries, epoch, orders, outbox
from tracker.store.database import Database

TEXT = """
panels: {p: {url: 'https://x.example', key: secret}}
retention: {finished: 10d, alerts: 5d}
"""


class House:
    """One daemon's housekeeping, with both clocks of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = a_database(folder, Subscription("ops", remind=(HOUR,)))
        self.now = NOW
        self.elapsed = 1000
        config = parse(TEXT, folder / "config.yaml", {})
        guard = RestoreGuard(self.db, ["p"])
        clock = ClockGuard(self.db, config, lambda: self.now, lambda: self.elapsed, lambda: None)
        self.keeping = Housekeeping(self.db, config.retention, guard, clock)
        guard.check_at_start(self.now)
        self.keeping.daemon_id = daemons.register(self.db, "1", self.now)

    def later(self, time: int) -> None:
        self.now += time
        self.elapsed += time


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_round_sends_the_heartbeat_and_says_when_the_next_is_due(house: House) -> None:
    house.later(MINUTE)
    assert house.keeping.unwritten_for() == MINUTE

    assert house.keeping.run() == daemons.HEARTBEAT_EVERY

    assert house.keeping.unwritten_for() == 0
    assert house.db.sql("SELECT beat_at FROM daemons WHERE id = ?", (house.keeping.daemon_id,)) == [
        (house.now,)
    ]
    house.later(SECOND)
    assert house.keeping.unwritten_for() == SECOND


def test_a_database_that_went_back_is_held_by_the_next_round(house: House) -> None:
    house.keeping.run()
    epoch.mark_copy(house.db)
    beside = house.db.sidecar(".epoch")
    if beside is not None:
        beside.unlink()

    house.keeping.run()

    assert accounts.read(house.db, "p").restored_at == house.now


def test_what_was_kept_for_long_enough_is_pruned_but_not_right_after_a_start(house: House) -> None:
    db = house.db
    (order,) = enqueued(db, a_draft(panel_order_id="1"))
    changes.apply(db, [OrderChange(order, order._replace(state=State.CANCELED, finished_at=NOW), "")], NOW)
    outbox.post(db, [Notice(Event.ORDER_CANCELED, "p", 1)], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_sent(db, outgoing, NOW)

    house.now += 6 * DAY
    house.elapsed += QUIET_AFTER_START - 1
    house.keeping.run()
    assert outbox.listed(db) != []

    for _ in range(6):
        house.elapsed += DAY
        house.keeping.run()
    assert outbox.listed(db) == []
    assert orders.by_id(db, order.id) is not None

    house.now += 5 * DAY
    for _ in range(6):
        house.elapsed += DAY
        house.keeping.run()
    assert orders.by_id(db, order.id) is None


def test_reminders_are_looked_for_when_one_is_due_or_each_minute(house: House) -> None:
    db = house.db
    assert remind(db, NOW) == REMIND_DELAY

    outbox.post(db, [Notice(Event.PANEL_DOWN, "p")], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_sent(db, outgoing, NOW)
    assert remind(db, NOW) == REMIND_DELAY
    assert remind(db, NOW + HOUR - 30 * SECOND) == 30 * SECOND
    assert remind(db, NOW + HOUR - 1) == SECOND
    assert len(outbox.listed(db)) == 1
    remind(db, NOW + HOUR)
    assert len(outbox.listed(db)) == 2
