"""The sums over the orders of each service, kept where orders are written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from structlog.testing import capture_logs

from tests.support.samples import NOW, a_database, a_draft, enqueued, prune_orders
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Report
from tracker.orders.order import State
from tracker.orders.status import after_status
from tracker.orders.worth import Figures, worth
from tracker.orders.worth import figures as figures_of
from tracker.store import changes, figures, orders, renames
from tracker.store.database import Database


def filled(folder: Path, panel: str = "p") -> Database:
    """A database with an order of each end, followed as the daemon does."""
    db = a_database(folder)
    follow(db, panel, 0)
    return db


def follow(db: Database, panel: str, first: int) -> None:
    reports = [
        Report("Completed", State.COMPLETED, Decimal("3.5"), "USD", 1, 0),
        Report("Partial", State.PARTIAL, Decimal("3.5"), "USD", 1, 40),
        Report("Canceled", State.CANCELED, Decimal("3.5"), "USD", 1, 100),
    ]
    placed = [
        a_draft(f"https://x.example/{first + n}", panel=panel, panel_order_id=str(first + n))
        for n in range(3)
    ]
    active = enqueued(db, *placed)
    begun = [
        after_status(one, Report("Pending", State.ACTIVE, Decimal("3.5")), NOW + MINUTE, NOW)
        for one in active
    ]
    changes.apply(db, [one for one in begun if one], NOW + MINUTE)
    end(db, [one.id for one in active], reports, NOW + HOUR)


def end(db: Database, ids: list[int], reports: list[Report], now: int) -> None:
    pairs = zip(orders.some(db, ids), reports, strict=True)
    decided = [after_status(order, report, now, now) for order, report in pairs]
    changes.apply(db, [one for one in decided if one], now)


def recounted(db: Database, panel: str) -> Figures:
    total = Figures()
    for order in orders.listed(db, panel=panel, limit=0):
        total = total.plus(figures_of(order))
    return total


def test_what_ends_is_counted_and_what_ends_otherwise_later_moves(tmp_path: Path) -> None:
    db = filled(tmp_path)
    first = figures.of_panel(db, "p")

    end(db, [2], [Report("Completed", State.COMPLETED, Decimal("3.5"), "USD", 1, 0)], NOW + DAY)
    second = figures.of_panel(db, "p")

    assert worth(first["4"]).refunded == Decimal("4.9")
    assert second == {"4": recounted(db, "p")} != first
    assert worth(second["4"]).completed == 2
    assert worth(second["4"]).refunded == Decimal("3.5")


def test_pruned_orders_keep_their_figures(tmp_path: Path) -> None:
    db = filled(tmp_path)
    before = figures.of_panel(db, "p")

    assert prune_orders(db, NOW + DAY) == 3

    assert figures.of_panel(db, "p") == before


def test_the_figures_of_panels_that_become_one_are_added(tmp_path: Path) -> None:
    db = filled(tmp_path)
    follow(db, "q", 10)

    renames.rename(db, "p", "q")

    assert figures.of_panel(db, "p") == {}
    assert figures.of_panel(db, "q") == {"4": recounted(db, "q")}
    assert worth(figures.of_services(db, "q", ["4", "5"])["4"]).orders == 6


def test_a_database_from_before_is_counted_once(tmp_path: Path) -> None:
    db = filled(tmp_path)
    known = figures.of_panel(db, "p")["4"]
    with db.transaction():
        for statement in (
            "DROP TABLE service_figures", "DROP TABLE told_months", "ALTER TABLE orders DROP COLUMN started_at",
            "ALTER TABLE orders DROP COLUMN paid", "DELETE FROM schema_migration WHERE name LIKE '0027%'",
        ):  # fmt: skip
            db.sql(statement)
    db.close()

    with capture_logs() as logs:
        db.open()

    assert figures.of_panel(db, "p")["4"] == replace(known, start_times={})
    assert [(one["event"], one.get("step"), one.get("what")) for one in logs] == [
        ("database.upgrading", "1 of 1", "0027_service_figures"),
        ("database.upgraded", None, None),
    ]
