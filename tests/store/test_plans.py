"""The query plans of the common statements: each uses an index, and none reads a whole table that grows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.common_queries import Watched, common_reads, common_writes
from tests.support.samples import FOLLOW, NOW, a_draft, enqueued
from tracker.alerts.subscriptions import Subscription
from tracker.orders.order import Order
from tracker.store import orders, polls, queue
from tracker.store.database import Database

GROWING = ("orders", "history", "attempts", "alerts", "deliveries", "balances", "looks")
SCAN = re.compile(rf"SCAN ({'|'.join(GROWING)}|[a-z]\d?)\b(?! USING (COVERING )?INDEX)")
SEQUENTIAL = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\b")


def report(bad: dict[str, list[str]]) -> str:
    return "\n".join(f"{statement}\n   {steps}" for statement, steps in bad.items())


@pytest.mark.sqlite
def test_no_common_query_reads_or_sorts_a_whole_table(tmp_path: Path) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    enqueued(db, *(a_draft(f"https://x.example/{n}", panel_order_id=str(n)) for n in range(50)))
    db.watch()
    common_reads(db)

    bad = {
        statement: steps
        for statement, steps in db.plans("EXPLAIN QUERY PLAN").items()
        if any(SCAN.match(step) or ("TEMP B-TREE" in step and "LIMIT" in statement) for step in steps)
    }
    assert len(db.seen) > 25
    assert not bad, report(bad)


FOUND_BY: dict[str, Callable[[Database, Order], object]] = {
    "orders_queued": lambda db, _order: queue.next_queued(db, "p", NOW),
    "orders_waiting": lambda db, _order: queue.begin(db, "p", NOW),
    "orders_open": lambda db, order: queue.link_is_open(db, order),
    "cohorts_due": lambda db, _order: polls.due(db, "p", 100, NOW, NOW, (NOW, 3, 7)),
    "orders_rechecks": lambda db, _order: polls.rechecks(db, "p", 100, NOW),
    "orders_words": lambda db, _order: orders.unlisted_words(db, "p"),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("index", FOUND_BY)
def test_work_is_found_by_its_own_index(tmp_path: Path, index: str) -> None:
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    (order,) = enqueued(db, a_draft())
    db.watch()
    FOUND_BY[index](db, order)

    plans = db.plans("EXPLAIN QUERY PLAN")
    assert plans
    for steps in plans.values():
        assert index in steps[0], steps
        assert all(step.startswith("SEARCH") for step in steps), steps


ROWS = 50_000
"""So many that an index is worth it, and the planner's choice says something."""

FILL = f"""
INSERT INTO orders (panel, service, link, quantity, ref, state, created_at, due_at, panel_order_id, submitted_at,
    checked_at, finished_at)
SELECT CASE WHEN n % 10 = 0 THEN 'q' ELSE 'p' END, n % 40, 'https://x.example/' || n, 100, 'r' || n, s,
    {NOW} - n * 1000000, CASE WHEN s IN ('active', 'queued', 'unknown') THEN {NOW} + n * 1000 END,
    CASE WHEN s NOT IN ('queued', 'unknown') THEN n END, {NOW} - n * 1000, {NOW} - n, CASE WHEN s = 'completed' THEN {NOW} - n END
FROM (SELECT n, CASE WHEN n % 5 = 0 THEN 'active' WHEN n % 97 = 0 THEN 'queued' WHEN n % 9973 = 0 THEN 'unknown'
    ELSE 'completed' END AS s FROM generate_series(1::bigint, {ROWS}) n) AS made;
{FOLLOW};
INSERT INTO tallies (panel, state, orders) SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state;
INSERT INTO history (order_id, at, from_state, to_state, why)
SELECT id, {NOW} - id, from_state, to_state, 'so' FROM orders,
    (VALUES ('queued', 'submitting'), ('submitting', 'active')) AS moves (from_state, to_state);
INSERT INTO history (order_id, at, from_state, to_state, why)
SELECT id, {NOW} - id, 'submitting', 'unknown', 'so' FROM orders WHERE state = 'unknown';
INSERT INTO attempts (order_id, at, begun) SELECT id, {NOW} - id, TRUE FROM orders;
INSERT INTO looks (order_id, at, ruling, reasons, facts) SELECT id, {NOW}, 'held', '[]', '{{}}' FROM orders;
INSERT INTO balances (panel, at, amount) SELECT 'p', {NOW} - 60000000 * n, n FROM generate_series(1::bigint, {ROWS}) n;
INSERT INTO alerts (at, event, panel, order_id, once, episode_id)
SELECT {NOW} - id, 'order.completed', panel, id, 'once' || id, CASE WHEN id % 100 = 0 THEN id END FROM orders;
INSERT INTO deliveries (alert_id, target, state, due_at, sent_at)
SELECT id, 'ops', CASE WHEN id % 400 = 0 THEN 'waiting' WHEN id % 1000 = 1 THEN 'dead' ELSE 'sent' END, at, at FROM alerts
"""


@pytest.mark.postgresql
def test_the_planner_reads_no_growing_table_as_a_whole(tmp_path: Path) -> None:
    db = Watched(databases.url(tmp_path), Subscription("ops"))
    db.open()
    with db.transaction():
        for statement in FILL.split(";"):
            db.sql(statement)
    db.sql("ANALYZE")
    db.watch()
    common_reads(db)
    common_writes(db)

    bad = {
        statement: steps
        for statement, steps in db.plans("EXPLAIN").items()
        if any(SEQUENTIAL.search(step) for step in steps)
    }
    assert len(db.seen) > 60
    assert not bad, report(bad)
    db.close()
