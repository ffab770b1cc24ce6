"""The same rows with a real daemon, real sockets and the real clock: the panel's own faults lose the answers."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path

from tests.lost_answers.record import Loss, Outcome
from tests.soak.world import last_reason, verdicts
from tests.support.samples import a_draft
from tracker.lib.clock import now
from tracker.lib.times import SECOND
from tracker.orders.order import Order, State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.practice.request_log import LoggedRequest
from tracker.store import orders, queue
from tracker.store.database import Database

CONFIG = """
database: sqlite:///{folder}/tracker.db
panels:
{panels}
schedule: {{submit: 0.5s, poll: 2s, poll_max: 5s}}
unknown: {{probe: true, settle: {settle}s, looks: [1s, 3s, 6s]}}
"""

PANEL = "  {name}: {{url: {url}, key: {key}, calls_per_second: 100, timeout: 5s, add_timeout: 5s, balance: {{every: 5s}}}}"

KINDS = {
    "accepted": ("close-after", "reset-after", "504-after", "empty-after", "truncated-close-after"),
    "late": ("late-close", "late-504"),
    "never": ("close-before", "reset-before", "504-before", "520-before"),
}
"""Faults of the practice panel by what becomes of the order; a fifth are late and two fifths each the others."""

FATES = ("accepted", "accepted", "late", "never", "never")
KIND_OF = {fault: kind for kind, faults in KINDS.items() for fault in faults}

LATEST = 14 / 15
"""How late an order may arrive, as a share of `settle`; as in simulated time."""

LIMIT = 5
"""Within how many times `settle` an order that never arrived is to be proven absent; as in simulated time."""

PACE = 5.0
"""Seconds of an order's course at the panel in a second."""

LATENCY = 0.01
REST = 0.5
PATIENCE = 900.0
"""Seconds after which what is not decided stays so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One row: how many answers are lost, and how. `settle` is microseconds."""

    name: str
    shop: tuple[tuple[int, int], ...]
    burst: int
    loss: float
    lost: int
    accounts: int
    settle: int
    gap: int = 4
    seed: int = 1

    @property
    def limit(self) -> int:
        """Within how long after its loss an order that never arrived is to be proven absent, in microseconds."""
        return LIMIT * self.settle


@dataclass
class Account:
    """One account: its panel, which loses answers, and what was lost."""

    name: str
    plan: Plan
    chance: random.Random
    panel: PracticePanel
    losses: list[Loss] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def arm(self, lost: int) -> int:
        """Let the panel lose so many of its next answers; return how many adds that takes."""
        answered, armed = 1, 0  # the first is answered: before it nothing is known of the account's ids
        while armed < lost:
            if self.chance.random() >= self.plan.loss / self.plan.burst:
                answered += 1
                continue
            for _ in range(min(self.plan.burst, lost - armed)):
                armed += 1
                kind = self.chance.choice(FATES)
                seconds = (
                    self.chance.uniform(0.2, LATEST * self.plan.settle / SECOND) if kind == "late" else None
                )
                self.panel.fault("add", self.chance.choice(KINDS[kind]), skip=answered, seconds=seconds)
        return answered + armed

    def see(self, request: LoggedRequest) -> None:
        """Note an answer that is lost; called from the panel's threads."""
        if request.action == "add" and request.fault is not None:
            self.losses.append(Loss(request.form["link"], KIND_OF[request.fault], request.at))

    def queue(self, db: Database, number: int) -> None:
        """Queue so many orders, each for a link of its own."""
        drafts = []
        for _ in range(number):
            service, quantity = self.chance.choice(self.plan.shop)
            link = f"https://x.example/{self.name}/{next(self._numbers)}"
            drafts.append(a_draft(link, panel=self.name, service=str(service), quantity=quantity))
        queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())


def run(plan: Plan) -> Outcome:
    """Run one row until its answers are lost and decided, or for PATIENCE."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = Path(made)
        accounts = [_account(stack, plan, number) for number in range(plan.accounts)]
        panels = [PANEL.format(name=one.name, url=one.panel.url, key=one.panel.key) for one in accounts]
        config = folder / "config.yaml"
        config.write_text(
            CONFIG.format(folder=folder, panels="\n".join(panels), settle=plan.settle // SECOND)
        )
        config.chmod(0o600)
        db = Database(f"sqlite:///{folder}/tracker.db")
        db.open()
        stack.callback(db.close)
        for number, one in enumerate(accounts):
            one.queue(db, one.arm(len(range(number, plan.lost, plan.accounts))) + 1)
        with _daemon(config) as check:
            _wait(db, accounts, plan, check)
        return sum((_outcome(db, one) for one in accounts), Outcome())


def _account(stack: ExitStack, plan: Plan, number: int) -> Account:
    seed = 100 * plan.seed + number
    behaviour = Behaviour(
        key=f"practice-key-{number}", balance=Decimal(10**9), latency=LATENCY, pace=PACE, gap=plan.gap, seed=seed
    )  # fmt: skip
    panel = stack.enter_context(PracticePanel(behaviour, watch=lambda request, _did: found.see(request)))
    found = Account(f"p{number}", plan, random.Random(seed), panel)
    return found


@contextmanager
def _daemon(config: Path) -> Iterator[Callable[[], None]]:
    """Run the daemon for a block; it must end well. What is yielded checks that it is still there."""
    log = config.with_suffix(".log")
    command = [sys.executable, "-m", "tracker", "--config", str(config), "run"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)

    def check() -> None:
        assert process.poll() is None, log.read_text()[-3000:]

    try:
        yield check
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        assert code == 0, (code, log.read_text()[-3000:])
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait(db: Database, accounts: list[Account], plan: Plan, check: Callable[[], None]) -> None:
    """Wait until all is decided; meanwhile the shop goes on, so that there are orders after the lost ones."""
    until, next_at = time.monotonic() + PATIENCE, 0.0
    lost_at: dict[int, int] = {}
    while time.monotonic() < until:
        time.sleep(REST)
        check()
        absent = {link for _, link, ruling, _ in verdicts(db) if ruling == "absent"}
        unknown = orders.listed(db, [State.UNKNOWN], limit=0)
        held = [one for one in unknown if one.link not in absent]
        lost_at = {one.id: lost_at.get(one.id, now()) for one in held}
        is_over = all(now() - lost_at[one.id] > plan.limit for one in held)
        if is_over and not orders.any_in(db, [State.QUEUED, State.SUBMITTING, State.ACTIVE]):
            return
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + plan.settle / SECOND / 2
            _go_on(db, accounts, held)


def _go_on(db: Database, accounts: list[Account], held: list[Order]) -> None:
    for one in accounts:
        if any(order.panel == one.name for order in held) and not orders.any_in(db, [State.QUEUED], one.name):
            one.queue(db, 1)


def _outcome(db: Database, account: Account) -> Outcome:
    outcome = Outcome(account.losses)
    outcome.note(verdicts(db))
    found = list(orders.listed(db, panel=account.name, limit=0))
    outcome.compare(found, account.panel.state.ledger)
    for order in found:
        if order.state is State.UNKNOWN:
            outcome.reasons[last_reason(db, order)] += 1
    return outcome
