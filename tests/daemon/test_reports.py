"""What is told of a service that became slower, and of a month that is over: once, whatever restarts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.soak.world import World
from tests.statement import run as run_world
from tests.support.samples import NOW
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.daemon.passes.drifts import Drifts
from tracker.daemon.passes.monthly import AFTER, send_monthly
from tracker.events import Event
from tracker.lib.months import month_of, next_month, start_of, written
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.store import drifts, outbox
from tracker.store.database import Database

INSERT = """
    INSERT INTO orders (panel, service, link, quantity, state, created_at, attempts, charge, currency, submitted_at,
        finished_at)
    VALUES ('p', '4', 'https://x.example/' || ?, 100, 'completed', ?, 1, '3', 'USD', ?, ?)
"""


def complete(db: Database, count: int, took: int, now: int) -> None:
    """Put orders into the database that took so long, the last ending now."""
    ends = [now - n * MINUTE for n in range(count)]
    with db.transaction():
        db.many(INSERT, [(end, end - took, end - took, end) for end in ends])
        db.many("INSERT INTO service_figures (panel, service) VALUES ('p', '4') ON CONFLICT DO NOTHING", [()])


def told(db: Database, event: Event) -> list[str]:
    """The kinds of what was told of an event, oldest first."""
    found = [one.notice for one in outbox.listed(db, limit=1000) if one.notice.event is event]
    return [str(one.facts.get("kind", one.facts.get("month", "begins"))) for one in reversed(found)]


def test_a_drift_is_told_once_with_its_end_by_whichever_daemon(tmp_path: Path) -> None:
    world = World(tmp_path)
    one, other = Drifts(world.context()), Drifts(world.context())
    complete(world.db, 60, HOUR, world.now)
    one.run()
    assert told(world.db, Event.SERVICE_SLOWER) == []

    world.advance(DAY)
    complete(world.db, 20, 5 * HOUR, world.now)
    for _ in range(2):
        one.run()
        other.run()
        Drifts(world.context()).run()
    assert told(world.db, Event.SERVICE_SLOWER) == ["begins"]
    assert drifts.slower(world.db, "p") == {"4": HOUR}

    world.advance(DAY)
    complete(world.db, 20, HOUR, world.now)
    for _ in range(2):
        one.run()
        other.run()
    assert told(world.db, Event.SERVICE_SLOWER) == ["begins", "over"]


def test_a_month_is_reported_once_it_is_over_and_once(tmp_path: Path) -> None:
    world = World(tmp_path, settings="report: monthly\ntimezone: Europe/Berlin\n")
    zone = world.config.timezone
    month = month_of(NOW, zone)
    complete(world.db, 3, HOUR, NOW)
    over = start_of(next_month(month), zone)

    def look(at: int) -> list[str]:
        send_monthly(world.config, world.db, lambda: at)
        return told(world.db, Event.REPORT_MONTHLY)

    assert look(NOW) == []
    assert look(over + AFTER - MINUTE) == []
    assert look(over + AFTER) == [written(month)]
    with world.db.transaction():
        world.db.many("DELETE FROM alerts", [()])
    assert look(over + 30 * DAY) == []
    assert look(over + 33 * DAY) == []


def test_a_month_in_which_nothing_was_ordered_is_not_reported(tmp_path: Path) -> None:
    db = World(tmp_path, settings="report: monthly\n").db
    config = parse(
        "report: monthly\npanels: {p: {url: 'https://x.example/api', key: k-k-k-k-k}}\n", tmp_path, {}
    )
    db.subscriptions = (Subscription("ops"),)

    send_monthly(config, db, lambda: NOW)

    assert told(db, Event.REPORT_MONTHLY) == []


def test_a_world_of_orders_closes_to_the_last_digit_and_misses_no_refund() -> None:
    made = run_world(24, seed=3, forgets=0.9)

    assert made.of.difference == sum(made.of.causes.values())
    assert (made.missed(), made.wrong()) == (set(), set())
    assert made.of.total.spent == -sum(
        (one.amount for one in made.year.world.state.moves if one.kind == "charge"), Decimal(0)
    )
