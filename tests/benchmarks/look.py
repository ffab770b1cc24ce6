"""One look at many active orders, each look's time kept: its CPU, what it writes, and its time on the clock.

Nothing has changed since the look before, or less remains of a tenth of the orders, or a tenth has ended.

The CPU's floor is the least that a script could do: `http.client`, `json` and `sqlite3`, the same calls and the
same columns on the same file, `synchronous=FULL`, a commit a call. The panel runs in a process of its own, so that
only the asking side is measured (user and system time of its process).

The clock's floor is what the panel's latency alone takes, with all connections busy all the time. Below it stands
what threads reach that only ask, one a connection: the panel needs a part of the same machine.
"""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.house import FORM, Practice, a_config, a_worker, fill, practice
from tests.benchmarks.measuring import lone_row, row, told_by
from tests.support.databases import Server
from tracker.config.loader import load
from tracker.config.panel_settings import PanelConfig
from tracker.daemon.supervisor import tune_gc
from tracker.lib import logs
from tracker.orders.order import Draft
from tracker.store import queue
from tracker.store.database import Database

CALL = 100
NOW = 1_790_000_000_000_000
CONNECTIONS = 8
LATENCY = 0.05


def cpu_rows(runs: int, count: int) -> list[str]:
    """Measure the CPU of a look over one connection."""
    with tempfile.TemporaryDirectory() as name, practice() as panel:
        config = a_config(Path(name), panel, connections=1)
        ids = _template(config, panel, count)
        same = [(_run("floor", config)[1], _run("tracker", config)[1]) for _ in range(runs)]
        _move_a_tenth(panel, ids)
        moved = [(_run("floor", config)[1], _run("tracker", config)[1]) for _ in range(runs)]
        written_moved = [(_written("floor", config), _written("tracker", config))]
        _end_a_tenth(panel, ids)
        ended = [(_run("floor", config)[1], _run("tracker", config)[1]) for _ in range(runs)]
        written_ended = [(_written("floor", config), _written("tracker", config))]
    return [
        row(f"CPU of one look at {count:,} active orders, nothing changed", same, "≤ 0.8x"),
        row("  a tenth moved on", moved, "≤ 1.0x"),
        row("  written to the log of the database", written_moved, "", unit="MB"),
        row("  a tenth ended", ended, "≤ 1.0x"),
        row("  written to the log of the database", written_ended, "", unit="MB"),
    ]


def sweep_rows(runs: int, count: int) -> list[str]:
    """Measure the time of a look over several connections, at a panel that takes its time."""
    floor = -(-count // CALL) * LATENCY / CONNECTIONS
    with tempfile.TemporaryDirectory() as name, practice() as panel:
        config = a_config(Path(name), panel, connections=CONNECTIONS)
        _end_a_tenth(panel, _template(config, panel, count))
        panel.tell("latency", seconds=LATENCY)
        sides = [(_run("ask", config)[0], _run("tracker", config)[0]) for _ in range(runs)]
    told = f"one look at {count:,} orders, {CONNECTIONS} connections, {LATENCY * 1000:.0f} ms a call"
    return [
        row(told, [(floor, ours) for _, ours in sides], "≤ 1.15x"),
        row("  threads that only ask", [(floor, asking) for asking, _ in sides], ""),
    ]


def server_rows(runs: int, count: int) -> list[str]:
    """Measure a look at orders in PostgreSQL, nothing changed: the CPU of the daemon beside SQLite's, and the server's."""
    with tempfile.TemporaryDirectory() as name, practice() as panel, Server() as server:
        files, tables = Path(name) / "files", Path(name) / "tables"
        files.mkdir()
        tables.mkdir()
        config = a_config(files, panel, connections=1)
        _template(config, panel, count)
        url = server.url(tables)
        on_server = a_config(tables, panel, url, connections=1)
        with closing(Database(url)) as db:
            db.open()
            fill(db, panel, count, NOW)
            _look(on_server, db)
            pairs, served = [], []
            for _ in range(runs):
                db.sql("UPDATE cohorts SET due_at = 0 RETURNING 1")
                db.sql("CHECKPOINT")
                began = server.cpu()
                _, ours = told_by("look", "tracker-server", url, on_server)
                served.append(server.cpu() - began)
                pairs.append((_run("tracker", config)[1], ours))
    return [
        row(f"a look at {count:,} in PostgreSQL beside SQLite, the daemon", pairs, "≤ 2x"),
        lone_row("  the server", served, ""),
    ]


def _template(config: Path, panel: Practice, count: int) -> list[int]:
    """Make a database that has looked at every order once; return the panel's ids of them."""
    ids = panel.fill(count)
    db = Database(f"sqlite:///{config.parent}/template.db")
    db.open()
    with db.transaction():
        drafts = [Draft("p", "1", f"https://x.example/{n}", 100, panel_order_id=str(n)) for n in ids]
        for start in range(0, count, 1000):
            queue.enqueue(db, [queue.Entry(draft) for draft in drafts[start : start + 1000]], NOW)
    _look(config, db)
    db.sql("UPDATE cohorts SET due_at = 0 RETURNING id")
    db.close()
    return ids


def _move_a_tenth(panel: Practice, ids: list[int]) -> None:
    _set_a_tenth(panel, ids, word="Processing", remains=40)


def _end_a_tenth(panel: Practice, ids: list[int]) -> None:
    _set_a_tenth(panel, ids, word="Completed")


def _set_a_tenth(panel: Practice, ids: list[int], **said: object) -> None:
    for start in range(0, len(ids), 10 * CALL):
        panel.tell("end", order=",".join(str(n) for n in ids[start : start + CALL]), **said)


def _written(who: str, config: Path) -> float:
    """Return how many megabytes a look appends to the log of the database."""
    (bytes_written,) = told_by("look", f"{who}-log", _copy(config), config)
    return bytes_written / 1e6


def _run(who: str, config: Path) -> tuple[float, float]:
    """Look in a process of its own, on a copy of the template; its seconds on the clock and of CPU."""
    wall, cpu = told_by("look", who, _copy(config), config)
    return wall, cpu


def _copy(config: Path) -> Path:
    for old in config.parent.glob("run.db*"):
        old.unlink()
    copy = config.with_name("run.db")
    shutil.copyfile(config.with_name("template.db"), copy)
    return copy


# -- in the process that is measured -----------------------------------------------------------------------


def _look(config: Path, db: Database) -> None:
    worker, client = a_worker(config, db, lambda: NOW)
    worker.track.run()
    client.close()


def _floor(panel: PanelConfig, db: sqlite3.Connection) -> None:
    """Do the least that a script could do for the same effect."""
    ask = _asking(panel)
    pick = "SELECT id, panel_order_id, panel_status, remains FROM orders WHERE panel = 'p' AND state = 'active' AND due_at <= ? ORDER BY due_at LIMIT 100"
    while batch := db.execute(pick, (NOW,)).fetchall():
        answer = ask([row[1] for row in batch])
        moved, same = [], []
        for order_id, panel_id, word, remains in batch:
            said = answer[panel_id]
            if said["status"] == word and int(said["remains"]) == remains:
                same.append((NOW, NOW + 60_000_000, order_id))
            else:
                ended = said["status"] == "Done"
                state, times = ("completed", (NOW, None)) if ended else ("active", (None, NOW + 60_000_000))
                moved.append(
                    (state, said["status"], said["charge"], int(said["remains"]), NOW, *times, order_id)
                )
        db.execute("BEGIN IMMEDIATE")
        db.executemany("UPDATE orders SET checked_at = ?, due_at = ? WHERE id = ?", same)
        db.executemany(
            "UPDATE orders SET state = ?, panel_status = ?, charge = ?, remains = ?, checked_at = ?, finished_at = ?, due_at = ? WHERE id = ?",
            moved,
        )
        db.execute("COMMIT")


def _only_ask(panel: PanelConfig, db: sqlite3.Connection) -> None:
    """Ask about every order, with a thread a connection, and do nothing about it."""
    ids = [row[0] for row in db.execute("SELECT panel_order_id FROM orders")]
    batches = [ids[start : start + CALL] for start in range(0, len(ids), CALL)]

    def thread(number: int) -> None:
        ask = _asking(panel)
        for batch in batches[number :: panel.connections]:
            ask(batch)

    with ThreadPoolExecutor(panel.connections) as pool:
        list(pool.map(thread, range(panel.connections)))


def _asking(panel: PanelConfig) -> Callable[[list[str]], dict[str, dict[str, str]]]:
    """Open a connection; return what asks about orders on it."""
    parts, key = urlsplit(panel.url), panel.key.reveal()
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)

    def call(ids: list[str]) -> dict[str, dict[str, str]]:
        body = urlencode({"key": key, "action": "status", "orders": ",".join(ids)})
        connection.request("POST", parts.path, body, FORM)
        answer: dict[str, dict[str, str]] = json.loads(connection.getresponse().read())
        return answer

    return call


def _main(who: str, path: str, config: str) -> None:
    who, _, special = who.partition("-")
    if who == "tracker":
        logs.setup("info", "json")
        tune_gc()  # as the daemon does when it starts
        db = Database(path if special == "server" else f"sqlite:///{path}")
        db.open()
        if special == "log":
            db.sql("PRAGMA wal_autocheckpoint = 0")
        began = time.perf_counter(), time.process_time()
        _look(Path(config), db)
    else:
        panel = load(Path(config), {}).panels["p"]
        file = sqlite3.connect(path, isolation_level=None)
        file.execute("PRAGMA journal_mode=wal")
        file.execute("PRAGMA synchronous=full")
        file.execute("CREATE INDEX floor_due ON orders (panel, due_at) WHERE state = 'active'")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if special == "log":
            file.execute("PRAGMA wal_autocheckpoint = 0")
        began = time.perf_counter(), time.process_time()
        (_floor if who == "floor" else _only_ask)(panel, file)
    told = (time.perf_counter() - began[0], time.process_time() - began[1])
    print(*((Path(f"{path}-wal").stat().st_size,) if special == "log" else told))


if __name__ == "__main__":
    _main(*sys.argv[1:])
