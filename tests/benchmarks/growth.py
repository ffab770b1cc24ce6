"""What must stay flat, or close to the machine, however many orders there are."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.samples import NOW
from tracker.store import orders
from tracker.store.database import Database

CONFIG = "database: sqlite:///{folder}/tracker.db\npanels: {{p: {{url: https://x.example/api, key: abc}}}}\n"

IMPORT_FLOOR = """
import csv, sqlite3, sys
db = sqlite3.connect(sys.argv[2], isolation_level=None)
db.execute("PRAGMA journal_mode=wal")
db.execute("PRAGMA synchronous=full")
db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, panel TEXT, service TEXT, link TEXT, quantity INT, ref TEXT, state TEXT, created_at INT, due_at INT)")
db.execute("CREATE UNIQUE INDEX orders_ref ON orders (ref) WHERE ref IS NOT NULL")
db.execute("BEGIN")
with open(sys.argv[1], newline="") as file:
    rows = (("p", r["service"], r["link"], int(r["quantity"]), r["ref"], "queued", 1, 1) for r in csv.DictReader(file))
    db.executemany("INSERT INTO orders (panel, service, link, quantity, ref, state, created_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
db.execute("COMMIT")
"""

FILL = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO orders (panel, service, link, quantity, state, created_at, panel_order_id, checked_at, finished_at, due_at)
    SELECT 'p', '4', 'https://x.example/' || i, 100, ?, ?, ? || i, ?, ?, ? FROM n
"""


def _measured(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds and its peak memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def _tracker(folder: Path, *arguments: str) -> list[str]:
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder))
    config.chmod(0o600)
    return [sys.executable, "-m", "tracker", "--config", str(config), *arguments]


def _row(
    name: str, floor: float, ours: float, ratio: float, goal: str, unit: str = "s", digits: int = 2
) -> str:
    return f"{name:<58} {floor:>8.{digits}f}{unit} {ours:>8.{digits}f}{unit} {ratio:>6.2f}x   {goal}"


def import_rows(runs: int, count: int) -> list[str]:
    """Measure the import of a CSV whose rows have refs."""
    pairs, memory = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = folder / "orders.csv"
            lines = (f"4,https://x.example/{n},100,ref-{n}\n" for n in range(count))
            with file.open("w") as out:
                out.write("service,link,quantity,ref\n")
                out.writelines(lines)
            floor, _ = _measured([sys.executable, "-c", IMPORT_FLOOR, str(file), str(folder / "floor.db")])
            ours, peak = _measured(_tracker(folder, "import", str(file)))
            pairs.append((floor, ours))
            memory.append(peak)
    made = _row(f"import of {count:,} rows with refs", *_medians(pairs), "≤ 2x")
    return [
        made,
        f"{'  its peak memory':<58} {'':>9} {statistics.median(memory):>6.0f}MiB {'':>7}   ≤ 120MiB",
    ]


def status_row(runs: int) -> str:
    """Measure `tracker status`, whole process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _tracker(folder, "status")
        _measured(ours)
        floor = [sys.executable, "-c", "import sqlite3, click"]
        pairs = [(_measured(floor)[0], _measured(ours)[0]) for _ in range(runs * 3)]
    return _row("tracker status, whole process", *_medians(pairs), "≤ 3x")


def picking_row(runs: int, active: int, finished: int) -> str:
    """Measure how long it takes to pick the next 100 due orders."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (
            _filled(Path(name) / "small.db", 1000, 0),
            _filled(Path(name) / "large.db", active, finished),
        )
        pairs = [(_picking(small), _picking(large)) for _ in range(runs)]
        small.close()
        large.close()
    name = f"picking 100 due of {active:,} beside {finished:,} finished"
    return _row(name, *_medians(pairs), "≤ 1.5x", "ms", 2)


def _filled(file: Path, active: int, finished: int) -> Database:
    db = Database(f"sqlite:///{file}")
    db.open()
    with db.transaction():
        db.sql(FILL, (active, "active", NOW, "a", NOW - 1, None, NOW - 1))
        if finished:
            db.sql(FILL, (finished, "completed", NOW, "f", NOW, NOW, None))
    return db


def _picking(db: Database) -> float:
    """Milliseconds for one pick, warm."""

    def pick() -> None:
        assert len(orders.next_looks(db, "p", 100, NOW, 60_000_000)) == 100

    return _best(pick) * 1000


def _best(what: Callable[[], None]) -> float:
    times = []
    for _ in range(50):
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The medians of both sides, and of their ratios."""
    floor, ours = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    return floor, ours, statistics.median(b / a for a, b in pairs)
