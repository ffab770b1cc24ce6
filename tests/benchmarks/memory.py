"""The daemon's resident memory, idle and amid very many orders, and its CPU with nothing to do.

The floor is a process that has imported what the daemon imports, and does nothing.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import house
from tests.benchmarks.measuring import cpu_of, lone_row, memory_of, row
from tests.support.inboxes import HttpInbox
from tracker.store.database import Database

IMPORTS = """
import tracker.cli.main, tracker.lib.logs, tracker.daemon.supervisor, tracker.cli.commands.run, tracker.panel.client, tracker.config.loader
print(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
"""

NEVER = "[order.unknown]"
"""Events that do not come, so that no alert goes out."""


def idle_rows(runs: int, seconds: float, lead: float) -> list[str]:
    """Measure a daemon that has nothing to do, before and after its first alert; its CPU in one run only.

    `lead` is how many seconds a daemon takes until it is at rest.
    """
    quiet, told, cpu = [], [], []
    with house.practice() as panel, HttpInbox() as inbox:
        for run in range(runs):
            imports = _imports()
            quiet.append((imports, _idle(panel, inbox, NEVER, lead)[0]))
            memory, used = _idle(panel, inbox, "['*']", lead, 0 if run else seconds)
            told.append((imports, memory))
            cpu += [] if run else [used]
    return [
        row("memory of the idle daemon, beside its imports alone", quiet, "≤ 60MiB", "MiB", 0),
        row("  after its first alert", told, "≤ 60MiB", "MiB", 0),
        lone_row(f"  CPU in {seconds:g} s of doing nothing", cpu, ""),
    ]


def sweep_rows(count: int, until: int) -> list[str]:
    """Measure the peak of a daemon that has looked at so many of its active orders, once."""
    with tempfile.TemporaryDirectory() as name, house.practice() as panel:
        config = house.a_config(Path(name), panel)
        db = Database(f"sqlite:///{name}/tracker.db")
        db.open()
        house.fill(db, panel, count, house.now())
        db.close()
        file = sqlite3.connect(f"file:{name}/tracker.db?mode=ro", uri=True)
        looked = "SELECT 1 FROM polls JOIN cohorts ON cohorts.id = cohort WHERE polls.id = ? AND checked_at IS NOT NULL"
        with house.daemons(config) as (pid,):
            house.eventually(lambda: file.execute(looked, (min(until, count),)).fetchone(), rest=0.5)
            peak = memory_of(pid, "VmHWM")
        file.close()
    told = f"peak memory, {min(until, count):,} of {count:,} orders looked at"
    return [lone_row(told, [peak], "≤ 150MiB", "MiB", 0)]


def _imports() -> float:
    command = [sys.executable, "-c", IMPORTS]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) / 1024


def _idle(
    panel: house.Practice, inbox: HttpInbox, events: str, lead: float, seconds: float = 0
) -> tuple[float, float]:
    """Return the memory of a daemon at rest, and the CPU that it then used in so many seconds."""
    target = f"{{name: you, url: 'json://127.0.0.1:{inbox.port}/', events: {events}}}"
    with tempfile.TemporaryDirectory() as name:
        config = house.a_config(Path(name), panel, alerts=f"[{target}]")
        before = len(inbox.posts)
        with house.daemons(config) as (pid,):
            house.eventually(lambda: events == NEVER or len(inbox.posts) > before)
            time.sleep(lead)
            memory, began = memory_of(pid), cpu_of(pid)
            time.sleep(seconds)
            return memory, cpu_of(pid) - began
