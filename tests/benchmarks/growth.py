"""What must stay flat, or close to the machine, however many orders there are."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measuring import lone_row, row, used_by
from tests.support.samples import NOW, follow
from tracker.orders.order_json import ORDER_KEYS
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


LIST_FLOOR = """
import json, sqlite3, sys
from datetime import UTC, datetime
KEYS = sys.argv[2].split()
TIMES = [key for key in KEYS if key.endswith("_at") or key in ("not_before", "expires_at")]
def moment(at):
    return datetime.fromtimestamp(at // 1000 / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
db = sqlite3.connect(sys.argv[1])
for row in db.execute(f"SELECT {', '.join(KEYS)} FROM orders ORDER BY id DESC"):
    order = dict(zip(KEYS, row))
    order["fields"], order["tags"] = json.loads(order["fields"]), json.loads(order["tags"] or "[]")
    for key in TIMES:
        if order[key] is not None:
            order[key] = moment(order[key])
    sys.stdout.write(json.dumps(order, ensure_ascii=False) + "\\n")
"""

LISTED = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO orders (panel, service, link, quantity, ref, state, created_at, panel_order_id, panel_status, charge,
        currency, start_count, remains, attempts, submitted_at, checked_at, finished_at, price)
    SELECT 'p', CAST(i % 40 AS TEXT), 'https://x.example/' || i, 100 + i % 900, 'ref-' || i,
        CASE i % 5 WHEN 0 THEN 'active' ELSE 'completed' END, ? + i, CAST(7000000 + i AS TEXT), 'In progress',
        CAST(i % 900 AS TEXT) || '.25', 'USD', i % 5000, i % 100, 1, ? + i * 100, ? + i * 1000,
        CASE i % 5 WHEN 0 THEN NULL ELSE ? + i * 2000 END, '0.25'
    FROM n
"""


def _tracker(folder: Path, *arguments: str) -> list[str]:
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder))
    config.chmod(0o600)
    return [sys.executable, "-m", "tracker", "--config", str(config), *arguments]


def import_rows(runs: int, count: int) -> list[str]:
    """Measure the import of a CSV whose rows have refs."""
    pairs, memory = [], []
    with tempfile.TemporaryDirectory() as kept:
        compiled, file = _compiled(Path(kept)), Path(kept) / "orders.csv"
        _write_csv(file, 1)
        for number in range(runs + 1):
            with tempfile.TemporaryDirectory() as name:
                floor = used_by([sys.executable, "-c", IMPORT_FLOOR, str(file), f"{name}/floor.db"])
                ours = used_by(_tracker(Path(name), "import", str(file)), variables=compiled)
            if number:
                pairs.append((floor.cpu, ours.cpu))
                memory.append(ours.peak)
            else:
                _write_csv(file, count)  # the first import made the bytecode
    return [
        row(f"CPU of an import of {count:,} rows with refs", pairs, "≤ 1.3x"),
        lone_row("  its peak memory", memory, "≤ 60MiB", "MiB", 0),
    ]


def _write_csv(file: Path, count: int) -> None:
    with file.open("w") as out:
        out.write("service,link,quantity,ref\n")
        out.writelines(f"4,https://x.example/{n},100,ref-{n}\n" for n in range(count))


def list_rows(runs: int, count: int) -> list[str]:
    """Measure a list of all orders in each form for programs; the floor writes the same JSON Lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file, compiled = folder / "tracker.db", _compiled(folder)
        _listed(file, count)
        floor = [sys.executable, "-c", LIST_FLOOR, str(file), " ".join(ORDER_KEYS)]
        asked = {
            "list --json": ["--json"], "list --csv": ["--csv"], "list": [],
            "list --state active --json": ["--state", "active", "--json"],
        }  # fmt: skip
        rows: list[str] = []
        for what, options in asked.items():
            command = _tracker(folder, "list", "--limit", "0", *options)
            used_by(command, variables=compiled)  # the first makes the bytecode
            pairs = [(used_by(floor), used_by(command, variables=compiled)) for _ in range(runs)]
            wide = f"CPU of {what}, of {count:,} orders"
            rows.append(
                row(
                    wide,
                    [(one.cpu, ours.cpu) for one, ours in pairs],
                    "≤ 10s a million" if rows == [] else "",
                )
            )
            rows.append(lone_row("  its peak memory", [ours.peak for _, ours in pairs], "≤ 60MiB", "MiB", 0))
        return rows


def _listed(file: Path, count: int) -> None:
    db = Database(f"sqlite:///{file}")
    db.open()
    with db.transaction():
        db.sql(LISTED, (count, NOW, NOW, NOW, NOW))
        follow(db)
        states = ("active", count // 5), ("completed", count - count // 5)
        db.many("INSERT INTO tallies (panel, state, orders) VALUES ('p', ?, ?)", states)
    db.close()


def _compiled(folder: Path) -> dict[str, str]:
    """Return the variables by which a command is as it is installed: pip compiles, whatever this environment says."""
    return {"PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "PYTHONDONTWRITEBYTECODE": ""}


def status_rows(runs: int) -> list[str]:
    """Measure `tracker status`, whole process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _tracker(folder, "status")
        codes = (0, 1, 2)  # they tell how things are
        floor = [sys.executable, "-c", "import sqlite3, click"]
        compiled = _compiled(folder)
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
        follow(db)
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
