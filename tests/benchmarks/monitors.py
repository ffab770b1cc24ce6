"""What monitors cost: a scrape of /metrics, /healthz and the counting of the history, beside many orders."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.growth import FILL
from tests.benchmarks.measuring import lone_row
from tests.support.samples import NOW
from tracker.config.loader import parse
from tracker.lib.histogram import Histogram
from tracker.lib.times import HOUR, MINUTE
from tracker.store import counters, journal, meters
from tracker.store.database import Database
from tracker.store.meters import CALLS, KEPT, NEWS, SLOT, Key
from tracker.web.healthz import health
from tracker.web.metrics import exposition
from tracker.web.pages.pace import pace
from tracker.web.site import Doors, Site

TEXT = "panels: {p: {url: https://x.example/api, key: abc, balance: {low: 5}}}\nweb: {}\nalerts: [{name: ops, url: json://x.example}]\n"

WAITING_SHARE = 20
"""One order in so many has an alert that waits, and one that is dead; each has one that was sent."""

FILL_HISTORY = """
    INSERT INTO history (order_id, at, from_state, to_state, why)
    SELECT id, created_at, 'queued', 'submitting', 'sending, attempt 1' FROM orders
    UNION ALL SELECT id, created_at, 'submitting', 'active', 'the panel took it as 7' FROM orders
    UNION ALL SELECT id, created_at, 'active', 'completed', 'the panel says Completed' FROM orders
    WHERE state = 'completed'
"""
FILL_ATTEMPTS = "INSERT INTO attempts (order_id, at, expected_charge) SELECT id, ?, '0.5' FROM orders"
FILL_ALERTS = (
    "INSERT INTO alerts (at, event, panel, order_id) SELECT ?, 'order.completed', panel, id FROM orders"
)
FILL_DELIVERIES = "INSERT INTO deliveries (alert_id, target, state, due_at) SELECT id, 'ops', ?, ? FROM alerts WHERE id % ? = 0"
FILL_SLOTS = (
    "INSERT INTO meters (panel, name, label, slot, count, total, buckets) VALUES ('p', ?, '', ?, ?, ?, ?)"
)
FILL_BALANCES = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO balances (panel, at, amount) SELECT 'p', ? - (300 - i) * ?, 10000 - i FROM n
"""
KINDS = [
    (CALLS, f"{action} {came}") for action in ("add", "status", "balance") for came in ("answered", "other")
]


def rows(runs: int, count: int) -> list[str]:
    """Measure beside so many orders, a tenth of them active and the others completed."""
    with tempfile.TemporaryDirectory() as name:
        config = parse(TEXT, Path(name) / "config.yaml", {})
        db = Database(f"sqlite:///{name}/tracker.db")
        db.open()
        _fill(db, count)
        counting = _cpu(lambda: _count_all(db))
        site = Site(db, config, Doors(adopt=lambda order, _id, _by: order), lambda: NOW + MINUTE)
        exposition(site)
        scrapes = [_cpu(lambda: exposition(site)) for _ in range(runs)]
        healths = [_cpu(lambda: health(site)) for _ in range(runs)]
        pages = [_cpu(lambda: pace(db, config.panels["p"], NOW)) for _ in range(runs)]
        db.close()
    return [
        lone_row(f"CPU of a scrape beside {count:,} orders", scrapes, "≤ 50ms", "ms", 1),
        lone_row("  of a look at /healthz", healths, "≤ 50ms", "ms", 1),
        lone_row("  of the figures of a week for a page", pages, "≤ 50ms", "ms", 1),
        lone_row(
            "  of counting a row of the history, in µs", [counting * 1000 / max(1, count * 2.9)], "", "µs", 1
        ),
    ]


def _fill(db: Database, count: int) -> None:
    active = max(1, count // 10)
    with db.transaction():
        db.sql(FILL, (active, "active", NOW - HOUR, "a", NOW, None, NOW))
        db.sql(FILL, (count - active, "completed", NOW - HOUR, "f", NOW, NOW, None))
        counters.move(db, entered=[("p", "active")] * active + [("p", "completed")] * (count - active))
        db.sql(FILL_HISTORY)
        db.sql(FILL_ATTEMPTS, (NOW,))
        db.sql(FILL_ALERTS, (NOW,))
        for state, share in (("sent", 1), ("waiting", WAITING_SHARE), ("dead", WAITING_SHARE)):
            db.sql(FILL_DELIVERIES, (state, NOW, share))
        db.sql(FILL_BALANCES, (NOW, 5 * MINUTE))
        db.sql(
            "UPDATE accounts SET balance = '9700', balance_at = ?, services_at = ? WHERE panel = 'p'",
            (NOW - 5 * MINUTE, NOW),
        )
    few = Histogram()
    for value in range(1, 100):
        few.note(value * MINUTE // 3, NEWS.bounds)
    meters.add(db, {Key("p", meter.name, label): few for meter, label in [*KINDS, (NEWS, "")]}, NOW)
    slots = range(NOW - KEPT, NOW - SLOT, SLOT)
    rows = [
        (one.name, meters.slot_of(at), few.count, few.total, few.text())
        for one in (CALLS, NEWS)
        for at in slots
    ]
    with db.transaction():
        db.many(FILL_SLOTS, rows)


def _count_all(db: Database) -> None:
    while journal.count_new(db, NOW):
        pass


def _cpu(what: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    began = time.process_time()
    what()
    return (time.process_time() - began) * 1000
