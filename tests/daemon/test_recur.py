"""Recurring orders: one for each time, whatever happens to the daemon, the clock and the database."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.support.samples import a_database
from tracker.accounts.account import after_restore
from tracker.config.loader import parse
from tracker.daemon.passes.recur import CHECK_EVERY, Recur
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.operations.due_rules import bring_near
from tracker.operations.recurring import upcoming
from tracker.operations.submitting import resume
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.store import changes, orders, recurring

DAILY = (
    '{every: "0 9 * * *", service: 4, link: "https://x.example/a", quantity: 100, tags: [vip], priority: 3}'
)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


class Days:
    """A database, the recurring orders of a config, and a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = a_database(folder)
        self.now = at("2026-11-23T07:00")  # a Monday; 8:00 in Berlin
        self.read(f"daily: {DAILY}")

    def read(self, rules: str) -> None:
        """Start a daemon with these rules."""
        text = (
            "panels: {p: {url: 'https://x.example', key: secret}}\ntimezone: Europe/Berlin\n"
            f"recurring: {{{rules}}}\n"
        )
        self.config = parse(text, self.folder / "config.yaml", {})
        self.recur = self.another()
        self.recur.run()

    def another(self) -> Recur:
        return Recur(self.config, self.db, lambda: self.now)

    def run(self, until: str | None = None) -> list[str]:
        """Run the pass at a time; return the refs of all that is queued, oldest first."""
        self.now = self.now if until is None else at(until)
        self.recur.run()
        return [str(order.ref) for order in orders.listed(self.db, limit=0)][::-1]

    def send(self) -> None:
        """What was queued has been sent."""
        for order in list(orders.listed(self.db, ["queued"])):
            submitting = order._replace(state=State.SUBMITTING)
            active = order._replace(state=State.ACTIVE)
            changes.apply(
                self.db, [OrderChange(order, submitting, ""), OrderChange(submitting, active, "")], self.now
            )


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path)


MONDAY, THURSDAY = "every:daily:2026-11-23T08:00Z", "every:daily:2026-11-26T08:00Z"


def test_an_order_is_queued_when_its_time_comes_and_not_before(days: Days) -> None:
    assert days.run() == []
    assert days.recur.run() == CHECK_EVERY
    days.now = at("2026-11-23T07:59:57")
    assert days.recur.run() == 3 * SECOND
    assert days.run("2026-11-23T08:00") == [MONDAY]
    assert days.run("2026-11-23T08:01") == [MONDAY]

    (order,) = orders.listed(days.db)
    assert (order.service, order.quantity, order.tags, order.priority) == ("4", 100, ("vip",), 3)


def test_a_daemon_that_was_off_for_three_days_queues_one_order_and_not_three(days: Days) -> None:
    days.run("2026-11-23T08:00")
    days.send()
    days.recur = days.another()

    assert days.run("2026-11-26T12:00") == [MONDAY, THURSDAY]


def test_neither_a_restart_nor_a_second_daemon_nor_a_clock_set_back_doubles_one(days: Days) -> None:
    days.run()
    other = days.another()
    days.run("2026-11-23T08:00")
    other.run()
    days.recur = days.another()
    days.send()
    assert days.run("2026-11-23T08:05") == [MONDAY]

    days.now = at("2026-11-23T07:30")
    bring_near(days.db, days.config, days.now, stepped=True)
    assert recurring.begin(days.db, "daily", days.now).at == days.now
    assert days.run("2026-11-23T08:00") == [MONDAY]


def test_a_clock_that_was_far_ahead_stops_no_rule_for_long(days: Days) -> None:
    days.run()
    days.run("2028-01-01T12:00")
    days.send()
    days.now = at("2026-11-24T07:30")
    bring_near(days.db, days.config, days.now, stepped=True)

    assert "every:daily:2026-11-24T08:00Z" in days.run("2026-11-24T08:00")


def test_a_database_that_was_put_back_orders_nothing_that_the_lost_one_may_have_ordered(days: Days) -> None:
    days.run("2026-11-23T08:00")
    days.send()
    restored = at("2026-11-25T12:00")
    changes.update_account(days.db, "p", partial(after_restore, now=restored), restored)
    assert days.run("2026-11-25T12:01") == [MONDAY]
    assert days.run("2026-11-26T12:00") == [MONDAY]

    resume(days.db, "p", "the operator", days.now)
    assert days.run() == [MONDAY, THURSDAY]  # its time came after the database was put back


def test_one_that_was_put_back_and_resumed_the_same_day_makes_up_nothing(days: Days) -> None:
    days.run("2026-11-23T08:00")
    days.send()
    restored = at("2026-11-25T12:00")
    changes.update_account(days.db, "p", partial(after_restore, now=restored), restored)
    resume(days.db, "p", "the operator", restored + MINUTE)

    assert days.run("2026-11-25T12:05") == [MONDAY]


def test_while_one_still_waits_to_be_sent_no_other_is_queued_behind_it(days: Days) -> None:
    days.run("2026-11-23T08:00")
    assert days.run("2026-11-24T08:00") == [MONDAY]
    days.send()
    assert days.run("2026-11-24T12:00") == [MONDAY]
    assert days.run("2026-11-26T08:00") == [MONDAY, THURSDAY]


def test_one_is_not_made_up_after_it_has_expired_and_expires_by_its_own_time(days: Days) -> None:
    days.read(f"daily: {DAILY[:-1]}, expires: 2h}}")
    days.run()
    assert days.run("2026-11-23T10:00") == []
    assert days.run("2026-11-24T09:00") == ["every:daily:2026-11-24T08:00Z"]

    (order,) = orders.listed(days.db)
    assert order.expires_at == at("2026-11-24T10:00")


def test_no_order_is_queued_from_the_day_on_that_is_named(days: Days) -> None:
    days.read(f'daily: {DAILY[:-1]}, until: "2026-11-24"}}')
    assert upcoming(days.db, days.config, days.now)[0].next_at == at("2026-11-23T08:00")
    days.run("2026-11-23T08:00")
    days.send()

    assert days.run("2026-11-24T08:00") == [MONDAY]
    assert upcoming(days.db, days.config, days.now)[0].next_at is None


def test_a_rule_that_was_gone_for_a_while_makes_up_nothing(days: Days) -> None:
    days.run("2026-11-23T08:00")
    days.send()
    days.read("")
    days.run("2026-11-24T12:00")
    days.read(f"daily: {DAILY}")

    assert days.run("2026-11-25T07:00") == [MONDAY]
    assert days.run("2026-11-25T08:00") == [MONDAY, "every:daily:2026-11-25T08:00Z"]


def test_a_length_of_time_begins_when_the_rule_is_first_seen_and_keeps_its_beat(days: Days) -> None:
    days.read("often: {every: 2h, service: 4, link: 'https://x.example/a', quantity: 100}")
    begin = days.now
    assert days.run() == []
    days.run("2026-11-23T14:30")
    days.send()

    assert days.run("2026-11-23T15:00") == ["every:often:2026-11-23T13:00Z", "every:often:2026-11-23T15:00Z"]
    assert upcoming(days.db, days.config, days.now)[0].next_at == begin + 10 * HOUR


def test_rules_that_a_command_added_go_by_the_panels_name_of_now(days: Days) -> None:
    rule = {
        "every": "1d", "row": {"service": "4", "link": "https://x.example/b", "quantity": 7}, "expires": None, "until": None,
    }  # fmt: skip
    assert recurring.add(days.db, "own", "old", rule, days.now)
    assert not recurring.add(days.db, "own", "p", rule, days.now)
    days.db.sql("UPDATE recurring SET panel = 'p'")
    days.now += DAY

    assert "every:own:2026-11-24T07:00Z" in days.run()
    assert recurring.remove(days.db, "own")
    assert not recurring.remove(days.db, "own")


def test_values_that_no_order_can_have_are_logged_and_stop_no_other_rule(days: Days) -> None:
    days.read(f'bad: {DAILY[:-1]}, comments: "\\0"}}, daily: {DAILY}')

    days.run()
    assert days.run("2026-11-23T08:00") == [MONDAY]
