"""CPU of one look at many active orders, a tenth of them changed, each look's time kept.

The floor is the least that a script could do: `http.client`, `json` and `sqlite3`, the same calls and the same
columns on the same file, `synchronous=FULL`, a commit a call. The panel runs in a process of its own, so that
only the asking side is measured (user and system time of its process).
"""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tracker import logs
from tracker.config import load
from tracker.orders import Draft
from tracker.panel import Panel
from tracker.store import queue
from tracker.store.database import Database
from tracker.worker import Worker

CALL = 100
NOW = 1_790_000_000_000_000


def row(runs: int, count: int) -> str:
    """Measure, and return the row of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _panel() as (url, key):
            template = _template(folder, url, key, count)
            pairs = [
                (_run("floor", folder, template, url), _run("tracker", folder, template, url))
                for _ in range(runs)
            ]
    floor = statistics.median(pair[0] for pair in pairs)
    ours = statistics.median(pair[1] for pair in pairs)
    ratio = statistics.median(b / a for a, b in pairs)
    return f"{f'CPU of one look at {count:,} active orders':<58} {floor:>8.2f}s {ours:>8.2f}s {ratio:>6.2f}x   ≤ 1.8x"


@contextmanager
def _panel() -> Iterator[tuple[str, str]]:
    """The practice panel in a process of its own; its orders stand still."""
    command = [sys.executable, "-m", "tracker", "practice", "--json", "--quiet", "--pace", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    try:
        yield told["url"], told["key"]
    finally:
        process.terminate()
        process.communicate()


def _post(url: str, path: str, **form: object) -> dict[str, object]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    connection.request("POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def _template(folder: Path, url: str, key: str, count: int) -> Path:
    """A database that has looked at every order once; after that, a tenth of them ends at the panel."""
    ids = _post(url, "/_practice/fill", n=count)["orders"]
    assert isinstance(ids, list)
    config = folder / "config.yaml"
    config.write_text(
        f"database: sqlite:///{folder}/template.db\npanels:\n  p: {{url: {url}, key: {key}, calls_per_second: 1000}}\n"
    )
    config.chmod(0o600)
    db = Database(f"sqlite:///{folder}/template.db")
    db.open()
    with db.transaction():
        drafts = [Draft("p", "1", f"https://x.example/{n}", 100, panel_order_id=str(n)) for n in ids]
        for start in range(0, count, 1000):
            queue.enqueue(db, [queue.Entry(draft) for draft in drafts[start : start + 1000]], NOW)
    _look(db, config)
    for start in range(0, count, 10 * CALL):
        _post(
            url, "/_practice/end", order=",".join(str(n) for n in ids[start : start + CALL]), word="Completed"
        )
    db.sql("UPDATE orders SET due_at = 0 RETURNING id")
    db.close()
    return folder / "template.db"


def _look(db: Database, config: Path) -> None:
    loaded = load(config, {})
    panel = loaded.panels["p"]
    client = Panel(
        url=panel.url,
        key=panel.key.reveal(),
        timeout=30,
        add_timeout=30,
        calls_per_second=10**6,
        connections=1,
    )
    Worker(panel, loaded.schedule, client, db, lambda: NOW, threading.Event()).track()
    client.close()


def _run(who: str, folder: Path, template: Path, url: str) -> float:
    copy = folder / "run.db"
    for old in folder.glob("run.db*"):
        old.unlink()
    shutil.copyfile(template, copy)
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.look",
        who,
        str(copy),
        url,
        str(folder / "config.yaml"),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return float(done.stdout)


def _floor(path: str, url: str, key: str) -> None:
    """The least that a script could do for the same effect."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=wal")
    db.execute("PRAGMA synchronous=full")
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    pick = "SELECT id, panel_order_id, panel_status, remains FROM orders WHERE panel = 'p' AND state = 'active' AND due_at <= ? ORDER BY due_at LIMIT 100"
    while batch := db.execute(pick, (NOW,)).fetchall():
        body = urlencode({"key": key, "action": "status", "orders": ",".join(row[1] for row in batch)})
        connection.request("POST", parts.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = json.loads(connection.getresponse().read())
        moved, same = [], []
        for order_id, panel_id, word, remains in batch:
            said = answer[panel_id]
            if said["status"] == word and int(said["remains"]) == remains:
                same.append((NOW, NOW + 60_000_000, order_id))
            else:
                state = "completed" if said["status"] == "Done" else "active"
                moved.append(
                    (state, said["status"], said["charge"], int(said["remains"]), NOW, NOW, order_id)
                )
        db.execute("BEGIN IMMEDIATE")
        db.executemany("UPDATE orders SET checked_at = ?, due_at = ? WHERE id = ?", same)
        db.executemany(
            "UPDATE orders SET state = ?, panel_status = ?, charge = ?, remains = ?, checked_at = ?, finished_at = ?, due_at = NULL WHERE id = ?",
            moved,
        )
        db.execute("COMMIT")


def _main(who: str, path: str, url: str, config: str) -> None:
    began = time.process_time()
    if who == "floor":
        key = load(Path(config), {}).panels["p"].key.reveal()
        began = time.process_time()
        _floor(path, url, key)
    else:
        logs.setup("info", "json")
        db = Database(f"sqlite:///{path}")
        db.open()
        began = time.process_time()
        _look(db, Path(config))
    print(time.process_time() - began)


if __name__ == "__main__":
    _main(*sys.argv[1:])
