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

BEFORE = (
    "UPDATE orders SET due_at = (SELECT due_at FROM polls WHERE polls.id = orders.id) WHERE state = 'active'",
    "UPDATE orders SET checked_at = (SELECT checked_at FROM polls WHERE polls.id = orders.id) WHERE state = 'active'",
    "DROP TABLE polls",
    "DROP INDEX orders_still",
    "CREATE INDEX orders_active ON orders (panel, due_at) WHERE state = 'active'",
    "DELETE FROM schema_migration WHERE name LIKE '0030%'",
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
    assert polls.due(db, "p", 9, NOW + MINUTE, MINUTE) == due
    assert [order.id for order in due] == [3, 2]
    assert [one["event"] for one in logs] == ["database.upgrading", "database.upgraded"]


def test_a_command_that_brings_the_database_up_to_date_prints_only_what_it_is_to(tmp_path: Path) -> None:
    with PracticePanel() as panel:
        house = Project(tmp_path, panel)
        house.run("list")
        with opened(house.folder) as db:
            as_before(db)

        done = house.run("list", "--json")

    assert done.stdout == ""
    assert "step 1 of 1" in done.stderr or "database.upgrading" in done.stderr
