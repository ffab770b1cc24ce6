"""What a wrong clock has dated ahead is brought to its own longest interval, and lost orders are found by their rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.daemon.clock_guard import ClockGuard
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.operations.due_rules import bring_near
from tracker.orders.submission import after_crash
from tracker.store import changes, due_times, losses, outbox, uptime
from tracker.store.database import Database

AHEAD = NOW + 3 * DAY


def a_config(alerts: str = "") -> Config:
    panel = "{url: 'https://x.example/api', key: k-k-k-k-k}"
    targets = f"alerts: [{{name: ops, url: 'json://127.0.0.1:9/'{alerts}}}]\n"
    return parse(f"panels:\n  p: {panel}\n{targets}", Path("/c.yaml"), {})


def put(db: Database, statement: str) -> None:
    with db.transaction():
        db.sql(statement)


def one(db: Database, statement: str) -> int:
    return int(db.sql(statement)[0][0])


def brought(db: Database, stepped: bool) -> dict[str, int]:
    found = bring_near(db, a_config(), NOW, stepped=stepped)
    return {**found.by_clock, **found.by_config}


CASES = {
    "queued": ("UPDATE orders SET state = 'queued', due_at = {at}", "orders.due_at", 0),
    "poll": ("UPDATE cohorts SET due_at = {at}", "cohorts.due_at", 0),
    "first check": ("UPDATE orders SET state = 'unknown', due_at = {at}", "orders.due_at", 135 * SECOND),
    "check": ("UPDATE orders SET state = 'unknown', checked_at = 1, due_at = {at}", "orders.due_at", 0),
    "end": ("UPDATE orders SET finished_at = {at}, due_at = NULL", "orders.finished_at", 0),
    "hold": ("INSERT INTO accounts (panel, hold_until) VALUES ('p', {at})", "accounts.hold_until", 0),
    "balance": ("INSERT INTO accounts (panel, balance_at) VALUES ('p', {at})", "accounts.balance_at", 0),
    "odd": ("INSERT INTO accounts (panel, odd_at) VALUES ('p', {at})", "accounts.odd_at", 0),
    "target": ("INSERT INTO targets (target, held_until) VALUES ('ops', {at})", "targets.held_until", 0),
    "delivery": ("UPDATE deliveries SET due_at = {at}", "deliveries.due_at", 0),
    "retry": ("UPDATE deliveries SET due_at = {at}, attempts = 3", "deliveries.due_at", 0),
    "digest": ("UPDATE deliveries SET due_at = {at}, gathered = TRUE", "deliveries.due_at", 0),
    "alert": ("UPDATE alerts SET at = {at}", "alerts.at", 0),
    "incident": ("UPDATE episodes SET calm_at = {at}", "episodes.calm_at", 0),
    "reading": ("INSERT INTO balances (panel, at, amount) VALUES ('p', {at}, '1')", "balances.at", 0),
    "day": ("INSERT INTO days (number, at, history_id) VALUES (1, {at}, 0)", "days.at", 0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stepped", [False, True])
def test_each_kind_of_time_is_brought_near(tmp_path: Path, case: str, stepped: bool) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    enqueued(db, a_draft(panel_order_id="1" if case == "poll" else None))
    outbox.post(db, [Notice(Event.BALANCE_LOW, "p")], NOW)
    statement, name, rest = CASES[case]
    put(db, statement.format(at=AHEAD))

    assert brought(db, stepped) == {name: 1}
    table, column = name.split(".")
    assert one(db, f"SELECT {column} FROM {table}") == NOW + rest
    assert brought(db, stepped) == {}


def test_what_lies_no_farther_than_its_own_interval_is_left_alone(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft(panel_order_id="1"))
    put(db, f"UPDATE cohorts SET due_at = {NOW + 29 * MINUTE}")
    put(db, f"INSERT INTO accounts (panel, hold_until) VALUES ('p', {NOW + HOUR})")

    assert brought(db, False) == {}
    # After a step, a long hold cannot be told from one that the wrong clock wrote.
    assert brought(db, True) == {"accounts.hold_until": 1}


def test_many_are_brought_near_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_times, "AT_A_TIME", 3)
    db = a_database(tmp_path)
    enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(10)), now=AHEAD)

    assert brought(db, True) == {"orders.due_at": 10}


def test_a_digest_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    outbox.post(db, [Notice(Event.BALANCE_LOW, "p")], NOW)
    put(db, f"UPDATE deliveries SET gathered = TRUE, due_at = {AHEAD}")
    midnight = NOW // DAY * DAY

    bring_near(db, a_config(", quiet: '00:00-07:00 UTC'"), midnight + HOUR, stepped=True)

    assert one(db, "SELECT due_at FROM deliveries") == midnight + 7 * HOUR


def a_guard(db: Database, at: list[int], woken: list[int]) -> ClockGuard:
    return ClockGuard(db, a_config(), lambda: at[0], lambda: NOW, lambda: woken.append(1))


def test_what_another_config_let_lie_farther_ahead_is_brought_near_and_no_fault_of_a_clock(
    tmp_path: Path,
) -> None:
    db, at, woken = a_database(tmp_path), [NOW], list[int]()
    enqueued(db, a_draft(panel_order_id="1"))
    put(db, f"UPDATE cohorts SET due_at = {NOW + HOUR}, checked_at = {NOW - MINUTE}")

    with capture_logs() as logs:
        a_guard(db, at, woken).check(NOW)

    assert [line["event"] for line in logs] == ["config.times_brought_near"]
    assert one(db, "SELECT due_at FROM cohorts") == NOW
    assert (uptime.read(db).set_at(NOW), woken) == (0, [1])


def test_a_poll_by_a_clock_that_was_ahead_is_a_fault_of_that_clock(tmp_path: Path) -> None:
    db, at, woken = a_database(tmp_path), [NOW], list[int]()
    enqueued(db, a_draft(panel_order_id="1"))
    put(db, f"UPDATE cohorts SET due_at = {AHEAD + HOUR}, checked_at = {AHEAD}")

    with capture_logs() as logs:
        a_guard(db, at, woken).check(NOW)

    assert [line["event"] for line in logs] == ["clock.times_brought_near"]
    assert uptime.read(db).set_at(NOW) == NOW


def test_a_start_before_the_time_of_the_last_heartbeat_is_a_step(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    uptime.count(db, 5, AHEAD)
    a_guard(db, [NOW], []).check(NOW)

    known = uptime.read(db)
    assert (known.step, known.stepped_at, known.since_step()) == (NOW - AHEAD, NOW, 0)


def test_a_round_without_news_wakes_nobody(tmp_path: Path) -> None:
    db, woken = a_database(tmp_path), list[int]()
    guard = a_guard(db, [NOW], woken)
    guard.check(NOW)
    assert (woken, uptime.read(db).stepped_at) == ([], None)

    enqueued(db, a_draft(), now=AHEAD)
    guard.check(NOW)
    assert (woken, uptime.read(db).step) == ([1], 0)


def a_hold(db: Database, until: int) -> None:
    put(db, "DELETE FROM accounts")
    put(db, f"INSERT INTO accounts (panel, hold_until) VALUES ('p', {until})")


def test_a_round_that_began_before_a_step_repairs_by_the_clock_after_it(tmp_path: Path) -> None:
    db, at = a_database(tmp_path), [NOW]
    guard = a_guard(db, at, [])
    a_hold(db, NOW + MINUTE)

    at[0] = NOW - 2 * HOUR
    guard.note_step(-2 * HOUR)
    counted = guard.check(NOW)

    assert one(db, "SELECT hold_until FROM accounts") == at[0]
    assert (counted.step, counted.stepped_at) == (-2 * HOUR, at[0])


def test_what_a_round_that_began_before_a_step_writes_after_the_repair_is_repaired_too(
    tmp_path: Path,
) -> None:
    db, at, ran = a_database(tmp_path), [NOW], [NOW]
    guard = ClockGuard(db, a_config(), lambda: at[0], lambda: ran[0], lambda: None)
    at[0] = NOW - 2 * HOUR
    guard.note_step(-2 * HOUR)
    guard.check(at[0])

    a_hold(db, NOW + MINUTE)
    guard.check(at[0])
    assert one(db, "SELECT hold_until FROM accounts") == at[0]

    ran[0] += 2 * MINUTE  # from then on, it is a panel that asks to be left alone for so long
    a_hold(db, NOW + MINUTE)
    guard.check(at[0])
    assert one(db, "SELECT hold_until FROM accounts") == NOW + MINUTE


def test_a_lost_order_is_found_whose_loss_is_dated_before_its_attempt(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    claimed = claim_for_add(db, order, an_intent(at=NOW))
    assert claimed is not None
    back = NOW - 2 * HOUR
    changes.apply(db, [after_crash(claimed[0].after, an_intent(at=NOW))], back)

    (lost,) = losses.lost_orders(db, "p", back)
    assert (lost.order_id, lost.lost_at, lost.newest_id) == (order.id, back, 103)


def test_what_was_decided_before_a_step_and_written_after_it_does_not_hide_the_step(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    uptime.count(db, 5 * MINUTE, NOW)
    uptime.note_step(db, -HOUR, NOW)

    uptime.note_step(db, 0, NOW + 1)
    soon = uptime.read(db)
    uptime.count(db, 6 * MINUTE, NOW + MINUTE)
    uptime.note_step(db, 0, NOW + MINUTE)

    assert (soon.step, soon.stepped_at) == (-HOUR, NOW + 1)
    assert uptime.read(db).step == 0
