"""What must stay flat, or close to the machine, however many orders there are."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measuring import lone_row, row, used_by
from tests.support.samples import FOLLOW, NOW
from tracker.store import polls
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


def _tracker(folder: Path, *arguments: str) -> list[str]:
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder))
    config.chmod(0o600)
    return [sys.executable, "-m", "tracker", "--config", str(config), *arguments]


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
            floor = used_by([sys.executable, "-c", IMPORT_FLOOR, str(file), str(folder / "floor.db")])
            ours = used_by(_tracker(folder, "import", str(file)))
            pairs.append((floor.wall, ours.wall))
            memory.append(ours.peak)
    return [
        row(f"import of {count:,} rows with refs", pairs, "≤ 2x"),
        lone_row("  its peak memory", memory, "≤ 120MiB", "MiB", 0),
    ]


def status_rows(runs: int) -> list[str]:
    """Measure `tracker status`, whole process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _tracker(folder, "status")
        codes = (0, 1, 2)  # they tell how things are
        floor = [sys.executable, "-c", "import sqlite3, click"]
        # As it is installed: pip compiles what it installs, whatever this environment says of bytecode.
        compiled = {"PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "PYTHONDONTWRITEBYTECODE": ""}
        pairs = [
            (used_by(floor, variables=compiled).wall, used_by(ours, codes, compiled).wall)
            for _ in range(runs * 3 + 1)
        ][1:]  # the first makes the bytecode and the tables
    return [row("tracker status, whole process", pairs, "≤ 3x")]


def picking_rows(runs: int, active: int, finished: int) -> list[str]:
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
    return [row(name, pairs, "≤ 1.5x", "ms", 2)]


def _filled(file: Path, active: int, finished: int) -> Database:
    db = Database(f"sqlite:///{file}")
    db.open()
    with db.transaction():
        db.sql(FILL, (active, "active", NOW, "a", NOW - 1, None, NOW - 1))
        db.sql(FOLLOW)
        if finished:
            db.sql(FILL, (finished, "completed", NOW, "f", NOW, NOW, None))
    return db


def _picking(db: Database) -> float:
    """Milliseconds for one pick, warm."""

    def pick() -> None:
        assert len(polls.due(db, "p", 100, NOW, 60_000_000)) == 100

    return _best(pick) * 1000


def _best(what: Callable[[], None]) -> float:
    times = []
    for _ in range(50):
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
