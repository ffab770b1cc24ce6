"""Four daemons on one PostgreSQL server send for two panels under limits, and are killed; compares what was charged."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from tests.caps.ledgers import doubles, highest, links_of
from tests.support.databases import Server
from tests.support.samples import a_draft
from tracker.accounts.limits import Scope
from tracker.lib.clock import now
from tracker.orders.order import Draft, Held
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import held, orders, queue, spending
from tracker.store.database import Database

TAGS = tuple(f"t{number}" for number in range(8))
CAPS = {
    Scope(panel="p"): 50_000,
    Scope(panel="q"): 35_000,
    **{Scope(tag=tag): 6_000 + 1_000 * number for number, tag in enumerate(TAGS)},
}
"""The limit of each; a tag's is over both panels. They are reached one after the other, while daemons are killed."""

CONFIG = """
database: {database}
panels:
{panels}
tags:
{tags}schedule: {{submit: 1s, poll: 1s, poll_max: 1s, services: 5s}}
unknown: {{looks: [1s, 2s, 4s], settle: 1s, apart: false, probe: true, resend: when-proven-absent, resend_max: 1000000}}
timezone: UTC
"""
PANEL = """\
  {name}:
    url: {url}
    key: {key}
    calls_per_second: 8
    timeout: 2s
    add_timeout: 2s
    balance: {{every: 1s}}
    limits: {{spend: {{day: {day}}}}}
"""
TAG = "  {name}: {{spend: {{month: {month}}}}}\n"
KINDS = (("2", 50), ("2", 100), ("3", 100), ("8", 100), ("9", 60), ("9", 51), ("1", 50))
"""Services and quantities: some are completed, some end partial, some are canceled, and all cost something else."""

FAULTS = ("close-before", "close-after", "500-after", "hang-before", "429")


GAP = (0.5, 7.0)
"""Seconds from one kill to the next: after an `add` in flight, a panel's orders rest for 17."""

REST = 25.0
"""Seconds after the last kill."""


class Fleet:
    """Daemons on one database, each a process."""

    def __init__(self, config: Path, count: int) -> None:
        self._config = config
        self._log = (config.parent / "daemons.log").open("ab")
        self.running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tracker", "--config", str(self._config), "run"]
        return subprocess.Popen(command, stderr=self._log)

    def kill_one(self, at: int) -> None:
        """Kill one as a power cut would, and start another in its place."""
        self.running[at].kill()
        self.running[at].wait()
        self.running[at] = self._start()

    def close(self) -> None:
        """End all of them at once."""
        for one in self.running:
            one.kill()
            one.wait()
        if not self._log.closed:
            self._log.close()


def _drafts(count: int, chance: random.Random) -> list[Draft]:
    found = []
    for number in range(count):
        service, quantity = chance.choice(KINDS)
        tags = tuple(chance.sample(TAGS, chance.choice((0, 1, 1, 2))))
        found.append(
            a_draft(
                f"https://x.example/{number}",
                panel=chance.choice("pq"),
                service=service,
                quantity=quantity,
                tags=tags,
            )
        )
    return found


def _write(folder: Path, database: str, panels: dict[str, PracticePanel]) -> Path:
    config = folder / "config.yaml"
    each = [
        PANEL.format(name=name, url=panel.url, key=panel.key, day=CAPS[Scope(panel=name)])
        for name, panel in panels.items()
    ]
    tags = "".join(TAG.format(name=tag, month=CAPS[Scope(tag=tag)]) for tag in TAGS)
    config.write_text(CONFIG.format(database=database, panels="".join(each), tags=tags))
    config.chmod(0o600)
    return config


def _torment(fleet: Fleet, panels: dict[str, PracticePanel], kills: int, chance: random.Random) -> None:
    """Kill daemons at random moments, and let answers be lost."""
    for number in range(1, kills + 1):
        time.sleep(chance.uniform(*GAP))
        if number % 3 == 0:
            panels[chance.choice("pq")].fault("add", chance.choice(FAULTS), 1, chance.randrange(5))
        fleet.kill_one(chance.randrange(len(fleet.running)))
        if number % 10 == 0:
            taken = {name: len(one.state.ledger) for name, one in panels.items()}
            print(f"{number} kills; orders taken: {taken}", flush=True)
    for panel in panels.values():
        panel.clear_faults()
    time.sleep(REST)


def _report(db: Database, panels: dict[str, PracticePanel], drafts: list[Draft]) -> bool:
    found = list(orders.listed(db, limit=0))
    is_kept = True
    print(
        f"{'limit of':<12}{'limit':>10}{'charged at most':>18}{'at the end':>14}{'counted':>14}{'orders':>8}"
    )
    for scope, cap in CAPS.items():
        own = {one.link for one in drafts if scope.panel == one.panel or scope.tag in one.tags}
        most, cost = highest(panels, own)
        taken = sum(link in own for panel in panels.values() for link in links_of(panel).values())
        counted = spending.total(db, scope, 0)
        is_kept = is_kept and most <= cap and cost <= counted <= cap
        print(f"{scope!s:<12}{cap:>10,}{most:>18,f}{cost:>14,f}{counted:>14,f}{taken:>8}")
    states = {str(order.state) for order in found}
    print({one: sum(str(order.state) == one for order in found) for one in sorted(states)})
    print(f"held for a limit: { {name: held.count(db, name, Held.SPEND) for name in panels} }")
    print(f"placed twice: {doubles(panels)}")
    return is_kept and not doubles(panels)


def main() -> None:
    """Run once, and exit 1 when a limit was exceeded or an order placed twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.caps", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--daemons", type=int, default=4)
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance, began = random.Random(chosen.seed), time.monotonic()
    behaviour = Behaviour(pace=4, balance=Decimal(10_000_000))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server())
        panels = {name: stack.enter_context(PracticePanel(behaviour)) for name in "pq"}
        db = Database(server.url(folder))
        db.open()
        drafts = _drafts(chosen.orders, chance)
        queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())
        fleet = Fleet(_write(folder, server.url(folder), panels), chosen.daemons)
        stack.callback(fleet.close)
        _torment(fleet, panels, chosen.kills, chance)
        fleet.close()
        is_kept = _report(db, panels, drafts)
        db.close()
    print(f"{chosen.kills} kills, {chosen.daemons} daemons, {time.monotonic() - began:.0f} s")
    raise SystemExit(0 if is_kept else 1)


if __name__ == "__main__":
    main()
