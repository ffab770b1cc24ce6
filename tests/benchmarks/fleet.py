"""Several daemons on one queue in PostgreSQL, looking at the same orders, beside one: how many looks a second.

At a panel that takes its time the daemons mostly wait, as in life; at one that takes none they share out the cores,
with the panel and the database server on the same ones. Each order must be asked about exactly once.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from tests.benchmarks import house
from tests.benchmarks.measuring import row
from tests.support.databases import Server
from tracker.lib.times import SECOND
from tracker.store.database import Database

SLOW = 0.2
UNSEEN = "SELECT 1 FROM polls JOIN cohorts ON cohorts.id = cohort WHERE checked_at IS NULL LIMIT 1"
ONCE = "{submit: 0.5s, poll: 1h, poll_max: 1h}"


def slow_rows(runs: int, count: int, daemons: int, lead: float) -> list[str]:
    """Measure at a panel that takes its time.

    In `lead` seconds each daemon has seen the orders, so that all start at one moment.
    """
    return _rows(runs, count, daemons, lead, SLOW, "≥ 2.5x")


def busy_rows(runs: int, count: int, daemons: int, lead: float) -> list[str]:
    """Measure at a panel that takes none."""
    return _rows(runs, count, daemons, lead, 0, "")


def _rows(runs: int, count: int, daemons: int, lead: float, latency: float, goal: str) -> list[str]:
    with Server() as server:
        pairs = [
            (_rate(server, 1, latency, count, lead), _rate(server, daemons, latency, count, lead))
            for _ in range(runs)
        ]
    name = f"looks a second, {daemons} daemons beside 1, {latency * 1000:.0f} ms a call"
    return [row(name, pairs, goal, "/s", 0)]


def _rate(server: Server, daemons: int, latency: float, count: int, lead: float) -> float:
    """Return how many orders so many daemons look at in a second, from the first due time to the last look."""
    with tempfile.TemporaryDirectory() as name, house.practice(latency) as panel:
        url = server.url(Path(name))
        folders = [Path(name) / str(number) for number in range(daemons)]
        for folder in folders:
            folder.mkdir()
        configs = [house.a_config(folder, panel, url, schedule=ONCE) for folder in folders]
        with closing(Database(url)) as db:
            db.open()
            with house.daemons(*configs):
                due_at = house.now() + round(lead * SECOND)
                house.fill(db, panel, count, due_at)
                house.eventually(lambda: not db.sql(UNSEEN))
            last = int(db.sql("SELECT MAX(checked_at) FROM cohorts")[0][0])
        _check(panel, count)
    return count * SECOND / (last - due_at)


def _check(panel: house.Practice, count: int) -> None:
    asked = panel.last_asked()
    assert len(asked) == len(set(asked)) == count, f"asked {len(asked)} times about {len(set(asked))} orders"
