"""The narrow table of what polls need: a database from before gets it as its orders were, and says that on stderr."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from tests.support.project import Project
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tests.support.stepped_project import opened
from tracker.lib.times import MINUTE
from tracker.orders.status import Unchanged
from tracker.practice.panel import PracticePanel
from tracker.store import changes, orders, polls
from tracker.store.database import Database

_KNOWN = "SELECT {} FROM polls JOIN cohorts ON cohorts.id = cohort WHERE polls.id = orders.id"
BEFORE = (
    f"UPDATE orders SET due_at = ({_KNOWN.format('due_at')}) WHERE state = 'active'",
    f"UPDATE orders SET checked_at = ({_KNOWN.format('checked_at')}) WHERE state = 'active'",
    "DROP TABLE polls",
    "DROP TABLE cohorts",
    "DROP INDEX orders_still",
    "CREATE INDEX orders_active ON orders (panel, due_at) WHERE state = 'active'",
    "DELETE FROM schema_migration WHERE name LIKE '0030%' OR name LIKE '0031%'",
)
"""What makes of a database one from before."""


def as_before(db: Database) -> None:
    with db.transaction():
        for statement in BEFORE:
            db.sql(statement)


def test_a_database_from_before_follows_its_active_orders_as_it_did(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft(), *(a_draft(panel_order_id=str(n)) for n in (1, 2)))
    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 5, NOW + MINUTE, 2)])
    known, due = list(orders.listed(db)), polls.due(db, "p", 9, NOW + MINUTE, MINUTE)
    as_before(db)
    db.close()

    with capture_logs() as logs:
        db.open()

    assert list(orders.listed(db)) == known
    again = polls.due(db, "p", 9, NOW + MINUTE, MINUTE)
    assert [one._replace(cohort=0) for one in again] == [one._replace(cohort=0) for one in due]
    assert [order.id for order in due] == [3, 2]
    assert [one["event"] for one in logs] == ["database.upgrading", "database.upgrading", "database.upgraded"]


BEFORE_COHORTS = (
    "CREATE TABLE known AS SELECT polls.*, due_at, checked_at FROM polls JOIN cohorts ON cohorts.id = cohort",
    "DROP TABLE polls",
    "DROP TABLE cohorts",
    "CREATE TABLE polls (id BIGINT PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE, panel TEXT NOT NULL, "
    "panel_order_id TEXT NOT NULL, service TEXT NOT NULL, since BIGINT NOT NULL, due_at BIGINT NOT NULL, "
    "checked_at BIGINT, digest BIGINT)",
    "INSERT INTO polls SELECT id, panel, panel_order_id, service, since, due_at, checked_at, digest FROM known",
    "CREATE INDEX polls_due ON polls (panel, due_at)",
    "DROP TABLE known",
    "DELETE FROM schema_migration WHERE name LIKE '0031%'",
)
"""What makes of a database one in which each active order had times of its own."""


def test_orders_with_times_of_their_own_are_polled_when_they_were_to_be(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, *(a_draft(panel=panel, panel_order_id=str(n)) for n, panel in enumerate("p" * 230 + "q")))
    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 5, NOW + 7, one) for one in range(1, 6)])
    with db.transaction():
        db.sql("UPDATE polls SET digest = 10 * id")
    known = {order.id: order._replace(cohort=0) for order in polls.due(db, "p", 999, NOW + MINUTE, MINUTE)}
    with db.transaction():
        for statement in BEFORE_COHORTS:
            db.sql(statement)
    db.close()

    db.open()

    again = polls.due(db, "p", 999, NOW + MINUTE, MINUTE)
    assert {order.id: order._replace(cohort=0) for order in again} == known
    assert len(polls.due(db, "q", 999, NOW + MINUTE, MINUTE)) == 1
    counted = "SELECT COUNT(*) FROM polls GROUP BY cohort ORDER BY COUNT(*)"
    assert [count for (count,) in db.sql(counted)] == [1, 5, 25, 100, 100]
    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 8, NOW + 9, 3)])
    assert (db.sql("SELECT MAX(id) FROM cohorts")[0][0] or 0) > 231


def test_a_command_that_brings_the_database_up_to_date_prints_only_what_it_is_to(tmp_path: Path) -> None:
    with PracticePanel() as panel:
        house = Project(tmp_path, panel)
        house.run("list")
        with opened(house.folder) as db:
            as_before(db)

        done = house.run("list", "--json")

    assert done.stdout == ""
    assert "step 1 of 2" in done.stderr or "database.upgrading" in done.stderr
