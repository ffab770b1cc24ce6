"""Following the same orders by other means: the status calls that each makes, and its CPU.

Every order is looked at a number of times, a minute apart in life and a second apart here: what the rest between the
looks costs is left out, and so is the start of the daemons.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.benchmarks import house
from tests.benchmarks.measuring import WIDTH, cpu_of, used_by
from tracker.lib.times import SECOND
from tracker.store.database import Database

SCRIPT = "tests.benchmarks.others.cron_script"
TASK = "tests.benchmarks.others.huey_task"
START = [sys.executable, "-c", f"from {TASK} import start; start()"]
CONSUMER = [sys.executable, "-m", "huey.bin.huey_consumer", f"{TASK}.huey"]
EACH_SECOND = "{submit: 1s, poll: 1s, poll_max: 1s}"
ORDERS = "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, remains INTEGER, checked_at REAL)"

Cost = tuple[int, float]
"""Status calls, and seconds of CPU."""


def rows(count: int, looks: int, lead: float) -> list[str]:
    """Measure all three, once: they make so many calls that the figures are steady.

    `lead` is how many seconds a daemon takes until it is at rest, before its first order is due.
    """
    ways = (
        ("a cron script", _by_cron),
        ("a huey task an order", _by_huey),
        ("tracker", partial(_by_tracker, lead)),
    )
    before = f"{looks} looks at {count:,} orders, calls and CPU: "
    made = []
    for name, way in ways:
        calls, cpu = way(count, looks)
        made.append(f"{before + name:<{WIDTH}} {calls:>9,} {cpu:>8.2f}s")
        before = "  "
    return made


def _by_cron(count: int, looks: int) -> Cost:
    with tempfile.TemporaryDirectory() as name, house.practice() as panel:
        file = _orders(Path(name), panel, count)
        command = [sys.executable, "-m", SCRIPT, str(file), panel.url, panel.key]
        cpu = sum(used_by(command).cpu for _ in range(looks))
        return panel.asked()[0], cpu


def _by_huey(count: int, looks: int) -> Cost:
    with tempfile.TemporaryDirectory() as name, house.practice() as panel:
        _orders(Path(name), panel, count)
        settings = {"FOLDER": name, "URL": panel.url, "KEY": panel.key, "EVERY": "1"}
        environment = {**os.environ, **settings}
        subprocess.run(START, env=environment, check=True)
        consumer = subprocess.Popen(CONSUMER, env=environment, stderr=subprocess.DEVNULL)
        try:
            return _until_looked(panel, count * looks, consumer.pid)
        finally:
            consumer.send_signal(signal.SIGTERM)
            consumer.wait()


def _by_tracker(lead: float, count: int, looks: int) -> Cost:
    with tempfile.TemporaryDirectory() as name, house.practice() as panel:
        config = house.a_config(Path(name), panel, schedule=EACH_SECOND)
        db = Database(f"sqlite:///{name}/tracker.db")
        db.open()
        house.fill(db, panel, count, house.now() + round(lead * SECOND))
        db.close()
        with house.daemons(config) as (pid,):
            return _until_looked(panel, count * looks, pid)


def _orders(folder: Path, panel: house.Practice, count: int) -> Path:
    """Make the database that a script would have."""
    file = folder / "orders.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=wal")
        db.execute(ORDERS)
        db.executemany(
            "INSERT INTO orders VALUES (?, 'Pending', NULL, NULL)", [(n,) for n in panel.fill(count)]
        )
        db.commit()
    return file


def _until_looked(panel: house.Practice, ids: int, pid: int) -> Cost:
    """Wait until the panel was asked about so many ids; what the process used for that."""
    began = cpu_of(pid)
    house.eventually(lambda: panel.asked()[1] >= ids, rest=0.25)
    return panel.asked()[0], cpu_of(pid) - began
