"""The house that is measured: the practice panel, daemons and configs, all in processes of their own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.support.samples import follow
from tracker.config.loader import load
from tracker.daemon.context import PanelContext
from tracker.daemon.worker import PanelWorker
from tracker.lib.times import SECOND
from tracker.panel.client import ApiKey, CallLimits, PanelClient
from tracker.store.database import Database

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FAST = 10**6
"""Calls a second that never bind."""

PATIENCE = 600.0
"""Seconds to wait for what must happen."""

CONFIG = """
database: {database}
panels:
  p: {{url: {url}, key: {key}, calls_per_second: 1000, connections: {connections}, balance: {{every: 1h}}}}
schedule: {schedule}
alerts: {alerts}
"""

FILL = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
    INSERT INTO orders (panel, service, link, quantity, state, created_at, submitted_at, panel_order_id, due_at)
    SELECT 'p', '1', 'https://x.example/' || i, 100, 'active', ?, ?, CAST(? + i AS TEXT), ? FROM n
"""


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice panel in another process."""

    url: str
    key: str

    def tell(self, name: str, **form: object) -> dict[str, Any]:
        """Go through its back door: POST with a form, GET without."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        try:
            body = urlencode(form) if form else None
            connection.request("POST" if form else "GET", f"/_practice/{name}", body, FORM)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()

    def fill(self, count: int) -> list[int]:
        """Give it orders that stand still; return their ids, which follow on one another."""
        ids: list[int] = self.tell("fill", n=count)["orders"]
        return ids

    def asked(self) -> tuple[int, int]:
        """Return how many status calls it has had, and about how many ids in all."""
        told = self.tell("requests")
        return told["count"].get("status", 0), told["ids_asked"]

    def last_asked(self) -> list[str]:
        """Return the ids that the last thousand status calls asked about, one after the other."""
        forms = [seen["form"] for seen in self.tell("requests")["last"] if seen["action"] == "status"]
        return [one for form in forms for one in form["orders"].split(",")]


@contextmanager
def practice(latency: float = 0.0) -> Iterator[Practice]:
    """Run the practice panel for a block; its orders stand still. `latency` is in seconds."""
    command = [sys.executable, "-m", "tracker", "practice", "--json", "--quiet", "--pace", "0"]
    command += ["--latency", str(latency), "--balance", "1000000000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        yield Practice(told["url"], told["key"])
    finally:
        process.terminate()
        process.communicate()


def a_config(
    folder: Path, panel: Practice, database: str = "", *,
    connections: int = 4, schedule: str = "{}", alerts: str = "[]",
) -> Path:  # fmt: skip
    """Write a config for one panel `p`, and return its file."""
    file = folder / "config.yaml"
    text = CONFIG.format(
        database=database or f"sqlite:///{folder}/tracker.db",
        url=panel.url,
        key=panel.key,
        connections=connections,
        schedule=schedule,
        alerts=alerts,
    )
    file.write_text(text)
    file.chmod(0o600)
    return file


@contextmanager
def daemons(*configs: Path) -> Iterator[list[int]]:
    """Run a daemon for each config for a block, then stop them as systemd would; yields their process ids."""
    processes = [_started(config) for config in configs]
    try:
        for config, process in zip(configs, processes, strict=True):
            eventually(lambda: _has_started(config, process))  # noqa: B023 - called at once
        yield [process.pid for process in processes]
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(60)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _started(config: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tracker", "--config", str(config), "run"]
    with config.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _has_started(config: Path, process: subprocess.Popen[bytes]) -> bool:
    log = config.with_suffix(".log").read_text()
    assert process.poll() is None, log
    return "daemon.started" in log


def eventually(what: Callable[[], Any], rest: float = 0.05) -> None:
    """Wait until something is true."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(rest)


def fill(db: Database, panel: Practice, count: int, due_at: int) -> None:
    """Put active orders that were never looked at into the database and the panel."""
    first, at = panel.fill(count)[0], now()
    with db.transaction():
        db.sql(FILL, (count, at, at, first, due_at))
        follow(db)
        db.sql("INSERT INTO tallies (panel, state, orders) VALUES ('p', 'active', ?)", (count,))


def a_worker(
    config: Path, db: Database, clock: Callable[[], int] | None = None
) -> tuple[PanelWorker, PanelClient]:
    """Make a worker and its client as the daemon does, but that the pace never binds."""
    loaded = load(config, os.environ)
    panel = loaded.panels["p"]
    limits = CallLimits(30 * SECOND, 30 * SECOND, calls_per_second=FAST, connections=panel.connections)
    client = PanelClient(panel.url, ApiKey(panel.key.reveal()), limits, db.bucket("p"))
    context = PanelContext(panel, loaded.schedule, loaded.unknown, client, db, now=clock or now)
    return PanelWorker(context), client


def now() -> int:
    """Return the time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
