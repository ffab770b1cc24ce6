"""Adds: how many a second at a panel that takes its time, and the CPU of each at one that takes none.

One is sent at a time, so the panel's latency alone is the floor of the time. The floor of the CPU is the least that a
script could do for an add that a crash neither loses nor doubles: a connection of `http.client` for each, and two
commits with `synchronous=FULL` on the same file, the intent before the request and the outcome after the answer.
"""

from __future__ import annotations

import http.client
import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.house import FORM, Practice, a_config, a_worker, now, practice
from tests.benchmarks.measuring import row, told_by
from tracker.config.loader import load
from tracker.config.panel_settings import PanelConfig
from tracker.daemon.supervisor import tune_gc
from tracker.lib import logs
from tracker.orders.order import Draft
from tracker.store import counters, queue
from tracker.store.database import Database

LATENCY = 0.05


def rows(runs: int, count: int) -> list[str]:
    """Measure both."""
    with tempfile.TemporaryDirectory() as name, practice() as panel:
        config = a_config(Path(name), panel)
        panel.tell("latency", seconds=LATENCY)
        slow = [_run("tracker", config, panel, count) for _ in range(runs)]
        panel.tell("latency", seconds=0)
        fast = [
            (_run("floor", config, panel, count), _run("tracker", config, panel, count)) for _ in range(runs)
        ]
    most = 1 / LATENCY
    pairs = [(floor[1] * 1000 / count, ours[1] * 1000 / count) for floor, ours in fast]
    told = f"adds a second, {LATENCY * 1000:.0f} ms a call"
    return [
        row(told, [(most, count / wall) for wall, _ in slow], "≥ 0.95x", "/s", 1),
        row("CPU of one durable add", pairs, "≤ 2.5x", "ms"),
        row("  adds a second, 0 ms a call", [(count / a[0], count / b[0]) for a, b in fast], "", "/s", 1),
    ]


def _run(who: str, config: Path, panel: Practice, count: int) -> tuple[float, float]:
    """Add in a process of its own, into a fresh file; the seconds on the clock and of CPU."""
    for old in config.parent.glob("tracker.db*"):
        old.unlink()
    before = _taken(panel)
    wall, cpu = told_by("adds", who, config, count)
    assert _taken(panel) - before == count
    return wall, cpu


def _taken(panel: Practice) -> int:
    counts: dict[str, int] = panel.tell("requests")["count"]
    return counts.get("add", 0)


# -- in the process that is measured -----------------------------------------------------------------------


def _queue(db: Database, count: int) -> None:
    """Queue orders for different links."""
    drafts = [Draft("p", "2", f"https://x.example/{n}", 100, ref=f"r{n}") for n in range(count)]
    queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())


def _tracker(config: Path, db: Database, count: int) -> tuple[float, float]:
    worker, client = a_worker(config, db)
    worker.submit.run()  # reads the wallet and the catalogue, as each daemon does once
    _queue(db, count)
    began = time.perf_counter(), time.process_time()
    worker.submit.run()
    used = time.perf_counter() - began[0], time.process_time() - began[1]
    assert counters.counts(db) == {"p": {"active": count}}
    client.close()
    return used


def _floor(panel: PanelConfig, db: sqlite3.Connection) -> tuple[float, float]:
    """Do the least that a script could do."""
    began = time.perf_counter(), time.process_time()
    pick = "SELECT id, service, link, quantity FROM orders WHERE panel = 'p' AND state = 'queued' AND due_at <= ? ORDER BY due_at, id LIMIT 1"
    while found := db.execute(pick, (now(),)).fetchone():
        order_id, service, link, quantity = found
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "UPDATE orders SET state = 'submitting', attempts = 1, submitted_at = ? WHERE id = ?",
            (now(), order_id),
        )
        db.execute("INSERT INTO attempts (order_id, at) VALUES (?, ?)", (order_id, now()))
        db.execute("COMMIT")
        panel_id = _add(panel, service, link, quantity)
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "UPDATE orders SET state = 'active', panel_order_id = ?, due_at = ? WHERE id = ?",
            (panel_id, now() + 60_000_000, order_id),
        )
        db.execute(
            "INSERT INTO history (order_id, at, from_state, to_state, why) VALUES (?, ?, 'submitting', 'active', 'taken')",
            (order_id, now()),
        )
        db.execute("COMMIT")
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _add(panel: PanelConfig, service: str, link: str, quantity: int) -> str:
    parts = urlsplit(panel.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    form = {
        "key": panel.key.reveal(),
        "action": "add",
        "service": service,
        "link": link,
        "quantity": quantity,
    }
    connection.request("POST", parts.path, urlencode(form), {**FORM, "Connection": "close"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return str(answer["order"])


def _main(who: str, config: str, count: str) -> None:
    logs.setup("info", "json")
    tune_gc()  # as the daemon does when it starts
    loaded = load(Path(config), {})
    db = Database(loaded.database)
    db.open()
    if who == "tracker":
        print(*_tracker(Path(config), db, int(count)))
        return
    _queue(db, int(count))
    db.close()
    file = sqlite3.connect(loaded.database.removeprefix("sqlite:///"), isolation_level=None)
    file.execute("PRAGMA journal_mode=wal")
    file.execute("PRAGMA synchronous=full")
    print(*_floor(loaded.panels["p"], file))


if __name__ == "__main__":
    _main(*sys.argv[1:])
