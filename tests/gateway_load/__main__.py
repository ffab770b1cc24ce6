"""Asks the gateway of a daemon that sweeps a practice panel, and counts what was lost, doubled and delayed."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from tests.gateway_load.clients import Asked
from tests.support.gateways import beside
from tests.support.project import Project, eventually
from tracker.config.loader import parse
from tracker.lib import logs
from tracker.orders.order import Draft
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import orders, queue
from tracker.store.database import Database
from tracker.store.queue import Entry

POLLED = "poll: 1s, poll_max: 1s", "poll: 5s, poll_max: 5s"
"""How often each order is looked at."""


def options() -> argparse.ArgumentParser:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser("python -m tests.gateway_load", description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=60, help="how long they are sent")
    parser.add_argument("--alone", type=int, default=15, help="how long the sweep is measured without them")
    parser.add_argument("--kills", type=int, default=0, help="kill and restart the daemon so often meanwhile")
    parser.add_argument("--active", type=int, default=5000, help="orders that are swept")
    return parser


def main() -> int:
    """Run both phases, and print a table."""
    told = options().parse_args()
    logs.setup("warning", "text")
    behaviour = Behaviour(dialect="perfectpanel", pace=0, balance=Decimal(10**9))
    with tempfile.TemporaryDirectory() as folder, PracticePanel(behaviour) as panel:
        project = Project(Path(folder), panel)
        project.config.write_text(project.config.read_text().replace(*POLLED))
        follow(project, panel.state.fill(told.active))
        asked = killed(project, told) if told.kills else measured(project, panel, told)
        for kind in sorted({one.kind for one in asked}):
            print_row(f"answer to {kind}", [one.took for one in asked if one.kind == kind])
        faults = counted(project, panel, asked)
    return int(faults)


def measured(project: Project, panel: PracticePanel, told: argparse.Namespace) -> list[Asked]:
    """Measure the sweep alone and under load, and print that; what came of each request."""
    with beside(project) as (url, pid):
        eventually(lambda: panel.requests.ids_asked >= 2 * told.active, 120)
        panel.requests.clear()
        idle = cpu_of(pid)
        time.sleep(told.alone)
        alone = gaps(panel)
        panel.requests.clear()
        busy = cpu_of(pid)
        with load(url, told.rate, told.seconds) as clients:
            asked = came_of(clients)
        print(
            f"the daemon takes {(busy - idle) / told.alone:.2f} s of CPU a second alone, "
            f"{(cpu_of(pid) - busy) / told.seconds:.2f} s under load"
        )
        print(f"{'':<32} {'median':>9} {'99th':>9} {'longest':>9}")
        print_row("between looks, alone", alone)
        print_row("between looks, under load", gaps(panel))
    return asked


def killed(project: Project, told: argparse.Namespace) -> list[Asked]:
    """Kill the daemon again and again while clients ask it, and repeat what has no answer; what came of each request."""
    with beside(project) as (url, _):
        pass
    with load(url, told.rate, told.seconds) as clients:
        for _ in range(told.kills):
            with project.daemon(code=None) as process:
                time.sleep(told.seconds / (told.kills + 1))
                process.kill()
        with project.daemon():
            return came_of(clients)


def cpu_of(pid: int) -> float:
    """The seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def follow(project: Project, ids: Iterable[int]) -> None:
    """Let a project follow orders that its panel has."""
    db = Database(parse(project.config.read_text(), project.config, {}).database)
    db.open()
    drafts = [Draft("p", "1", f"https://example.com/{n}", 100, panel_order_id=str(n)) for n in ids]
    queue.enqueue(db, [Entry(draft) for draft in drafts], time.time_ns() // 1000)
    db.close()


def load(url: str, rate: int, seconds: int) -> subprocess.Popen[str]:
    """Send requests from another process."""
    command = [sys.executable, "-m", "tests.gateway_load.clients", url, str(rate), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def came_of(clients: subprocess.Popen[str]) -> list[Asked]:
    """What came of each request, once all have been answered."""
    said, _ = clients.communicate(timeout=600)
    return [Asked(*one) for one in json.loads(said)]


def gaps(panel: PracticePanel) -> list[float]:
    """The seconds between two looks at the same order."""
    last: dict[str, int] = {}
    found: list[float] = []
    for request in panel.requests.of("status"):
        for one in request.ids:
            if one in last:
                found.append((request.at - last[one]) / 1e6)
            last[one] = request.at
    return found


def print_row(name: str, seconds: list[float]) -> None:
    """Print how long something took."""
    if not seconds:
        print(f"{name:<32} none")
        return
    cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
    figures = (statistics.median(seconds), cuts[98], max(seconds))
    print(f"{name:<32} {' '.join(f'{one * 1000:>6.0f} ms' for one in figures)}   ({len(seconds):,})")


def counted(project: Project, panel: PracticePanel, asked: list[Asked]) -> bool:
    """Compare what was answered with the queue and with the panel; tell whether anything is wrong."""
    answered: dict[str, set[object]] = {}
    errors = [one.answer["error"] for one in asked if "error" in one.answer]
    for one in asked:
        if one.ref is not None:
            answered.setdefault(one.ref, set()).add(one.answer.get("order"))
    db = Database(parse(project.config.read_text(), project.config, {}).database)
    db.open()
    queued = [order for order in orders.listed(db, limit=0) if "/load/" in order.link]
    links = {order.link for order in queued}
    placed = [order.link for order in panel.state.ledger]
    unanswered = {order.id for order in queued} - {n for found in answered.values() for n in found}
    db.close()
    print(
        f"{len(asked):,} requests, {len(errors)} errors {sorted(set(errors))[:3]}; {len(answered):,} refs, "
        f"{len(queued):,} orders queued, {len(unanswered)} of them unanswered; "
        f"{len(placed):,} placed so far, {len(placed) - len(set(placed))} twice"
    )
    is_once = all(len(found) == 1 for found in answered.values()) and len(queued) == len(links) == len(
        answered
    )
    return bool(errors) or not is_once or len(placed) != len(set(placed)) or not set(placed) <= links


if __name__ == "__main__":
    sys.exit(main())
