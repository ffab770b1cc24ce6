"""A daemon, a practice panel that fails at random, a target that fails now and then, and an operator."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import house
from tests.benchmarks.measuring import memory_of
from tests.daemon.test_every_fault import PROOFS
from tests.support.inboxes import HttpInbox
from tests.support.samples import a_draft
from tracker.accounts.account import after_resume
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import adopt
from tracker.lib.times import SECOND
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_drop
from tracker.practice.faults import FAULTS
from tracker.store import changes, evidence, orders, queue
from tracker.store.database import Database

CONFIG = """
database: sqlite:///{folder}/tracker.db
panels:
  p:
    url: {url}
    key: {key}
    calls_per_second: 200
    timeout: 2s
    add_timeout: 2s
    balance: {{low: 1, every: 1s}}
schedule: {{submit: 1s, poll: 1s, poll_max: 5s, services: 10s}}
unknown: {{looks: [1s, 2s, 5s], settle: 2s, probe: true}}
alerts:
  - {{name: you, url: 'json://127.0.0.1:{ok}/'}}
  - {{name: flaky, url: 'json://127.0.0.1:{flaky}/'}}
"""

TOO_SLOW = {"drip", "drip-headers"}
"""Faults in which a call only waits for its time limit: with few of them more happens."""

ROUND = 0.5
"""Seconds from one time that orders are queued to the next."""

ORDERS = 4
"""How many orders are queued at a time."""

FAULT_CHANCE = 0.3
"""How often a fault is armed at that time, too."""

PATIENCE = 20 * SECOND
"""How long the operator leaves an order unknown before looking at the panel's page."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long faults are made, how often memory is read, and which."""

    seconds: float
    every: float = 60.0
    seed: int = 1
    trace: Path | None = None
    #: Seconds without faults at the end, in which what is open settles.
    calm: float = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The daemon after so many seconds: its memory in MiB, and what it has done."""

    at: float
    memory: float
    peak: float
    placed: int
    faults: int
    notices: int

    def __str__(self) -> str:
        return (
            f"{self.at:>8.0f} s {self.memory:>8.1f} MiB {self.peak:>8.1f} MiB at most"
            f" {self.placed:>7,} placed {self.faults:>7,} faults {self.notices:>7,} messages"
        )


class House:
    """All that runs, and the operator of it."""

    def __init__(self, folder: Path, panel: house.Practice, config: Path, seed: int) -> None:
        self.panel = panel
        self.random = random.Random(seed)
        self.db = Database(f"sqlite:///{folder}/tracker.db")
        self.db.open()
        worker, _client = house.a_worker(config, self.db)
        self.context: PanelContext = worker.track.context
        self.faults = 0
        self._names = sorted(name for name in FAULTS if name not in TOO_SLOW)

    def step(self) -> None:
        """Queue a few orders, and arm a fault now and then."""
        chance = self.random
        drafts = [
            a_draft(
                f"https://x.example/{chance.getrandbits(64):x}", service=chance.choice("1238"), quantity=1000
            )
            for _ in range(ORDERS)
        ]
        queue.enqueue(self.db, [queue.Entry(draft) for draft in drafts], house.now())
        if chance.random() < FAULT_CHANCE:
            self._arm()

    def _arm(self) -> None:
        chance = self.random
        fault = FAULTS[chance.choice(self._names)]
        action = chance.choice(fault.actions)
        # A panel that takes an order and answers with a proof that it did not is paid twice by anybody.
        sides = ["before"] if fault.name in PROOFS else ["before", "after"]
        side = f"-{chance.choice(sides)}" if fault.sided and action == "add" else ""
        self.panel.tell("clear", done=1)  # or those of an action that is seldom called would pile up
        self.panel.tell("fault", action=action, fault=fault.name + side, seconds=1)
        self.faults += 1

    def settle(self) -> None:
        """Do what the operator does: settle what has been unknown for long by the truth, and go on."""
        links = {one["link"]: str(one["order"]) for one in self.panel.tell("ledger")["orders"]}
        for order in self._held():
            true_id = links.get(order.link)
            if true_id is not None:
                adopt(self.context, order, true_id, By.OPERATOR)
            else:
                changes.apply(self.db, [after_drop(order, house.now())], house.now())
        # Without waiting for the end of a hold: the more happens, the better.
        changes.update_account(self.db, "p", after_resume, house.now())
        evidence.acknowledge(self.db, "p")

    def _held(self) -> list[Order]:
        old = house.now() - PATIENCE
        return [
            one for one in orders.listed(self.db, [State.UNKNOWN], limit=0) if (one.submitted_at or 0) < old
        ]

    def reading(self, pid: int, at: float, notices: int) -> Reading:
        """Read the daemon's memory, and count."""
        placed = self.placed().total()
        return Reading(at, memory_of(pid), memory_of(pid, "VmHWM"), placed, self.faults, notices)

    def placed(self) -> Counter[str]:
        """Count by link what the panel really took."""
        return Counter(one["link"] for one in self.panel.tell("ledger")["orders"])


@contextmanager
def _practice() -> Iterator[house.Practice]:
    command = [sys.executable, "-m", "tracker", "practice", "--json", "--quiet", "--pace", "5"]
    process = subprocess.Popen([*command, "--balance", "1000000000000"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        yield house.Practice(told["url"], told["key"])
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _daemon(config: Path, plan: Plan) -> Iterator[int]:
    module = ["tracker"] if plan.trace is None else ["tests.faults.traced", str(plan.trace)]
    command = [sys.executable, "-m", *module, "--config", str(config), "run"]
    with config.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        house.eventually(lambda: "daemon.started" in config.with_suffix(".log").read_text())
        yield process.pid
        assert process.poll() is None, config.with_suffix(".log").read_text()[-2000:]
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    finally:
        process.kill()
        process.wait()


def run(folder: Path, plan: Plan) -> Iterator[Reading]:
    """Run the plan, and yield a reading now and then; AssertionError when an order was placed twice."""
    with _practice() as panel, HttpInbox() as ok, HttpInbox(status=500) as flaky:
        config = folder / "config.yaml"
        text = CONFIG.format(folder=folder, url=panel.url, key=panel.key, ok=ok.port, flaky=flaky.port)
        config.write_text(text)
        config.chmod(0o600)
        with _daemon(config, plan) as pid:
            stage = House(folder, panel, config, plan.seed)
            began = next_at = time.monotonic()
            rounds = 0
            while (elapsed := time.monotonic() - began) < plan.seconds:
                stage.step()
                rounds += 1
                if rounds % 4 == 0:
                    stage.settle()
                if time.monotonic() >= next_at + plan.every:
                    next_at += plan.every
                    if plan.trace is not None:
                        os.kill(pid, signal.SIGUSR1)
                    yield stage.reading(pid, elapsed, len(ok.posts) + len(flaky.posts))
                time.sleep(ROUND)
            panel.tell("clear", done=1)
            time.sleep(plan.calm)
            twice = {link: count for link, count in stage.placed().items() if count > 1}
            assert not twice, f"placed twice: {twice}"
