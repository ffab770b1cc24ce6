"""What a month cost, and what services were worth, on the installed command."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.stepped_project import opened
from tracker.lib.clock import now
from tracker.lib.months import month_before, month_of, next_month, start_of, written
from tracker.lib.times import MINUTE
from tracker.orders.answers import Balance, Report
from tracker.orders.order import State
from tracker.orders.status import after_status
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, changes, orders
from tracker.store.database import Database

SENT = "UPDATE orders SET submitted_at = ?, attempts = 1, charge = '3.50', currency = 'USD'"
MONTH = month_before(month_of(now(), None))
REPORTS = [
    Report("Completed", State.COMPLETED, remains=0),
    Report("Partial", State.PARTIAL, remains=40),
    Report("Canceled", State.CANCELED, remains=100),
]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A panel with three orders of last month, of which the canceled one was not refunded."""
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        db = a_database(tmp_path)
        drafts = [
            a_draft(f"https://x.example/{n}", panel_order_id=str(n), tags=tags)
            for n, tags in enumerate([("july",), ("july", "vip"), ()])
        ]
        at = start_of(MONTH.replace(day=15), None)
        ids = [one.id for one in enqueued(db, *drafts, now=at)]
        with db.transaction():
            db.many(SENT, [(at,)])
        _follow(db, ids, at + 10 * MINUTE)
        for minutes, amount in ((-1, "100"), (1, "89.5"), (20, "90.9"), (200, "90.9"), (400, "90.9")):
            accounts.keep_balance(db, "p", Balance(Decimal(amount), "USD"), at + minutes * MINUTE)
        with db.transaction():
            db.many("UPDATE accounts SET currency = 'USD'", [()])
        yield project


def _follow(db: Database, ids: list[int], at: int) -> None:
    decided = [
        after_status(order, report, at, at)
        for order, report in zip(orders.some(db, ids), REPORTS, strict=True)
    ]
    changes.apply(db, [one for one in decided if one], at)


def test_a_month_is_explained_with_the_refund_to_claim(project: Project) -> None:
    (report,) = project.json("report", "--month", written(MONTH))
    (of,) = report["panels"]

    assert (of["orders"], of["spent"], of["refunded"], of["net"]) == (3, "10.50", "4.90", "5.60")
    assert (of["wallet"]["spent"], of["difference"], of["causes"]["owed"]) == ("9.1", "3.50", "3.50")
    assert [(one["order"], one["state"], one["amount"]) for one in of["to_claim"]] == [
        (3, "canceled", "3.50")
    ]
    shown = project.run("report", "--month", written(MONTH)).stdout
    assert "refunds that did not come 3.50 USD" in " ".join(shown.split())
    assert "order 3, 2 there: 3.50 USD, canceled" in shown


def test_refunds_that_a_top_up_may_hide_are_listed_as_not_to_be_told_apart(project: Project) -> None:
    with opened(project.folder) as db, db.transaction():
        db.sql("UPDATE balances SET amount = '190.9' WHERE amount = '90.9'")

    (report,) = project.json("report", "--month", written(MONTH))
    (of,) = report["panels"]

    assert (of["wallet"]["topped_up"], of["to_claim"], of["causes"]["owed"]) == ("96.50", [], "0")
    (unclear,) = of["unclear"]
    assert (unclear["why"], unclear["amount"]) == ("top_up", "96.50")
    assert [(one["order"], one["amount"]) for one in unclear["refunds"]] == [(2, "1.40"), (3, "3.50")]
    shown = " ".join(project.run("report", "--month", written(MONTH)).stdout.split())
    assert "96.50 USD was put in if money came back for order 2 (1.40), order 3 (3.50)" in shown


def test_the_rows_of_tags_count_an_order_in_each_and_the_total_once(project: Project) -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(project.run("report", "--month", written(MONTH), "--by", "tag", "--csv").stdout)
        )
    )

    assert [(row["key"], row["orders"], row["spent"], row["refunded"]) for row in rows] == [
        ("", "1", "3.50", "3.50"), ("july", "2", "7.00", "1.40"), ("vip", "1", "3.50", "1.40"),
        ("total", "3", "10.50", "4.90"),
    ]  # fmt: skip


def test_another_month_is_empty_and_none_is_refused(project: Project) -> None:
    this = month_of(now(), None)

    (report,) = project.json("report", "--month", written(month_before(MONTH)), "--by", "day")

    assert (report["panels"][0]["orders"], report["panels"][0]["rows"]) == (0, [])
    assert (
        "it has not begun yet" in project.run("report", "--month", written(next_month(this)), code=2).stderr
    )


def test_the_worth_of_services_is_listed(project: Project) -> None:
    (row,) = project.json("services", "--stats", "--sort", "price")

    assert (row["id"], row["orders"], row["partial"], row["canceled_share"]) == ("4", 3, 1, 0.333333)
    assert (row["delivered"], row["unit_price"], row["refunded"]) == (160, "0.035", "4.90")
    assert row["end_median_s"] == pytest.approx(600, rel=0.05)
