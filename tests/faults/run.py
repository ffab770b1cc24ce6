"""A daemon that is upset, a practice panel that fails at random, a target that always fails, and an operator."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.benchmarks import house
from tests.daemon.test_every_fault import PROOFS
from tests.faults.outcome import Outcome, outcome
from tests.faults.takings import Takings
from tests.faults.upsets import Daemon, Upsets
from tests.support.inboxes import HttpInbox
from tests.support.samples import a_draft
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import adopt
from tracker.operations.submitting import resume
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_drop, after_release
from tracker.practice.api import TAKING
from tracker.practice.behaviour import Behaviour
from tracker.practice.faults import FAULTS
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, changes, counters, orders, queue
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
unknown: {{looks: [1s, 2s, 5s], settle: 2s, probe: true, {resend}}}
alerts:
  - {{name: you, url: 'json://127.0.0.1:{ok}/'}}
  - {{name: flaky, url: 'json://127.0.0.1:{flaky}/'}}
"""

RESEND = "resend: when-proven-absent, resend_max: 1000000"

TOO_SLOW = {"drip", "drip-headers"}
"""Faults in which a call only waits for its time limit: with few of them more happens."""

ROUND = 0.5
"""Seconds from one time that orders are queued to the next."""

ORDERS = 4
"""How many orders are queued at a time."""

BACKLOG = 100
"""Queued orders above which none is added: at the end all must have settled within SETTLED_WITHIN."""

FAULT_CHANCE = 0.3
"""How often a fault is armed at that time, too."""

PATIENCE = 20.0
"""Seconds that the operator leaves an order unknown before looking at the panel's page."""

LATENCY = 0.03
"""Seconds that the panel takes for an answer: what is killed or stands still is often in the middle of an `add`."""

GAP = 3
"""The largest step from one order id to the next: the ids between are other customers'."""

SETTLED_WITHIN = 180.0
"""Seconds within which all that is open must have settled, once nothing fails any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long it lasts, how often memory is read, and what happens."""

    seconds: float
    every: float = 60.0
    seed: int = 1
    trace: Path | None = None
    #: Whether the daemon is killed and paused, and its clock set.
    upsets: bool = True
    #: Whether the panel also takes orders and proves that it did not: those doubles are counted apart.
    lies: bool = False
    #: Whether the tool may send an order again by itself that is proven absent.
    resend: bool = False
    #: Seconds at the end in which what is open must settle; 0: nothing is waited for, and nothing compared.
    settle: float = SETTLED_WITHIN


@dataclass(frozen=True, slots=True)
class Reading:
    """The daemon after so many seconds: its memory in MiB (None while it is dead), and what has been done."""

    at: float
    age: float
    memory: float | None
    placed: int
    faults: int
    notices: int
    upsets: Counter[str]

    def __str__(self) -> str:
        memory = "dead" if self.memory is None else f"{self.memory:.1f} MiB"
        upsets = ", ".join(f"{count} {what}" for what, count in sorted(self.upsets.items()))
        return (
            f"{self.at:>6.0f} s {memory:>10} at {self.age:>5.0f} s"
            f" {self.placed:>7,} placed {self.faults:>6,} faults {self.notices:>6,} messages  {upsets}"
        )


class House:
    """All that runs, and the operator of it."""

    def __init__(self, folder: Path, panel: PracticePanel, daemon: Daemon, plan: Plan) -> None:
        self.panel = panel
        self.daemon = daemon
        self.random = random.Random(plan.seed)
        self.db = Database(f"sqlite:///{folder}/tracker.db")
        self.db.open()
        worker, _client = house.a_worker(daemon.config, self.db, daemon.now)
        self.context: PanelContext = worker.track.context
        self.faults = 0
        self.links: list[str] = []
        self._lies = plan.lies
        self._names = sorted(name for name in FAULTS if name not in TOO_SLOW)
        #: When each unknown order was first seen as such, by a clock that nobody sets.
        self._seen_at: dict[int, float] = {}

    def step(self) -> None:
        """Queue a few orders, and arm a fault now and then."""
        if counters.counts(self.db).get("p", {}).get("queued", 0) < BACKLOG:
            self._queue()
        if self.random.random() < FAULT_CHANCE:
            self._arm()

    def _queue(self) -> None:
        chance = self.random
        links = [f"https://x.example/{chance.getrandbits(64):x}" for _ in range(ORDERS)]
        drafts = [a_draft(link, service=chance.choice("1238"), quantity=1000) for link in links]
        queue.enqueue(self.db, [queue.Entry(draft) for draft in drafts], self.daemon.now())
        self.links += links

    def _arm(self) -> None:
        chance = self.random
        fault = FAULTS[chance.choice(self._names)]
        action = chance.choice(fault.actions)
        sides = ["before"] if fault.name in PROOFS and not self._lies else ["before", "after"]
        side = f"-{chance.choice(sides)}" if fault.sided and action in TAKING else ""
        self.panel.clear_faults()  # or those of an action that is seldom called would pile up
        self.panel.fault(action, fault.name + side, seconds=1)
        self.faults += 1

    def settle(self) -> None:
        """Do what the operator does: settle what has been unknown for long by the truth, and go on."""
        ids = {one.link: str(one.order_id) for one in list(self.panel.state.ledger)}
        for order in self._held_long():
            self._settle(order, ids.get(order.link))
        # Without waiting for the end of a hold: the more happens, the better.
        resume(self.db, "p", "the operator", self.daemon.now())

    def _settle(self, order: Order, true_id: str | None) -> None:
        now = self.daemon.now()
        if true_id is not None:
            adopt(self.context, order, true_id, By.OPERATOR)
        elif self.random.random() < 0.5:
            changes.apply(self.db, [after_drop(order, By.OPERATOR, now)], now)
        else:
            changes.apply(self.db, [after_release(order, By.OPERATOR, now)], now)

    def _held_long(self) -> list[Order]:
        held = list(orders.listed(self.db, [State.UNKNOWN], limit=0))
        now = time.monotonic()
        self._seen_at = {one.id: self._seen_at.get(one.id, now) for one in held}
        return [one for one in held if now - self._seen_at[one.id] > PATIENCE]

    def taken_for_a_copy(self) -> bool:
        """Tell whether the daemon takes the database for an older copy, which it never is here."""
        return accounts.read(self.db, "p").restored_at is not None

    def is_at_rest(self) -> bool:
        """Tell whether every order is settled and everybody that can be told is told."""
        running = [State.QUEUED, State.SUBMITTING, State.ACTIVE, State.UNKNOWN]
        waiting = "SELECT 1 FROM deliveries WHERE target = 'you' AND state = 'waiting' LIMIT 1"
        return not orders.any_in(self.db, running) and not self.db.sql(waiting)


@contextmanager
def _running(daemon: Daemon) -> Iterator[None]:
    daemon.start()
    try:
        house.eventually(lambda: "daemon.started" in daemon.log.read_text())
        yield
        code = daemon.end(signal.SIGTERM)
        assert code == 0, (code, daemon.log.read_text()[-3000:])
    finally:
        if daemon.pid is not None:
            daemon.end(signal.SIGKILL)


def run(folder: Path, plan: Plan, show: Callable[[Reading], None] = print) -> Outcome:
    """Run the plan, show a reading now and then, and return what it came to."""
    takings = Takings()
    behaviour = Behaviour(pace=5, balance=Decimal(10**12), latency=LATENCY, gap=GAP, seed=plan.seed)
    with (
        PracticePanel(behaviour, watch=takings.watch) as panel,
        HttpInbox() as ok,
        HttpInbox(status=500) as flaky,
    ):
        config = folder / "config.yaml"
        resend = RESEND if plan.resend else "resend: never"
        places = {"folder": folder, "url": panel.url, "key": panel.key, "ok": ok.port, "flaky": flaky.port}
        config.write_text(CONFIG.format(**places, resend=resend))
        config.chmod(0o600)
        daemon = Daemon(config, plan.trace)
        with _running(daemon):
            stage = House(folder, panel, daemon, plan)
            _upset(stage, plan, lambda: len(ok.posts) + len(flaky.posts), show)
            panel.clear_faults()
            _come_to_rest(stage, plan.settle)
        found = outcome(stage.db, stage.links, panel.state.ledger, takings.by_link, "you", daemon.lives)
        stage.db.close()
        return found


def _upset(stage: House, plan: Plan, notices: Callable[[], int], show: Callable[[Reading], None]) -> None:
    upsets = Upsets(stage.daemon, plan.seed)
    began = next_at = time.monotonic()
    with upsets if plan.upsets else nullcontext():
        rounds = 0
        while (elapsed := time.monotonic() - began) < plan.seconds:
            upsets.check()
            stage.step()
            rounds += 1
            if rounds % 4 == 0:
                upsets.done["taken for a copy"] += stage.taken_for_a_copy()
                stage.settle()
            if time.monotonic() >= next_at + plan.every:
                next_at += plan.every
                show(_reading(stage, elapsed, notices(), upsets.done))
                _trace(stage.daemon, plan)
            time.sleep(ROUND)


def _reading(stage: House, at: float, notices: int, upsets: Counter[str]) -> Reading:
    daemon = stage.daemon
    placed = len(stage.panel.state.ledger)
    return Reading(at, daemon.age, daemon.memory(), placed, stage.faults, notices, Counter(upsets))


def _trace(daemon: Daemon, plan: Plan) -> None:
    if plan.trace is not None:
        daemon.tell(signal.SIGRTMIN)


def _come_to_rest(stage: House, patience: float) -> None:
    until = time.monotonic() + patience
    while not stage.is_at_rest() and time.monotonic() < until:
        time.sleep(2 * ROUND)
        stage.settle()
