"""Batches of orders at a panel that loses answers, in simulated time, with a record of each loss and its end."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.lost_answers.record import Loss, Outcome
from tests.lost_answers.waits import Send, Waits, waits
from tests.soak.world import Fate, World
from tests.support.samples import a_draft
from tracker.daemon.passes.adopt import NotAdopted, adopt
from tracker.lib.http import Permit
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.order import Order
from tracker.orders.resolution import By, after_drop, after_release
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes, orders, queue

EQUAL = ((1, 100),)
TWELVE = (
    (1, 100), (1, 150), (1, 700), (2, 100), (2, 250), (2, 450), (3, 1000), (3, 2200), (8, 300), (8, 90), (9, 210), (10, 600),
)  # fmt: skip
"""Services and quantities of the practice panel; those of 8, 9 and 10 end with a refund."""

PATIENCE = 8 * HOUR
"""How long the operator leaves an order unknown before looking at the panel's page."""

KINDS = {Fate.TAKEN: "accepted", Fate.LATE: "late", Fate.NEVER: "never"}


@dataclass(frozen=True)
class Setting:
    """One row of the table. Times are microseconds."""

    name: str
    shop: tuple[tuple[int, int], ...]
    burst: int = 1
    #: The share of answers that are lost.
    loss: float = 0.03
    #: Lost answers after which no more are lost, and no more is queued.
    lost: int = 300
    batch: int = 50
    every: int = 2 * HOUR
    #: How late an order may still arrive.
    latest: int = 14 * MINUTE
    #: The largest step from one order id to the next.
    gap: int = 4
    #: Orders that other customers place in a second: ids that pass while nothing is sent here.
    traffic: float = 0.0
    #: How long an `add` takes.
    add_takes: int = SECOND // 2
    #: Seconds of an order's course at the panel in one second.
    pace: float = 1.0
    #: For how many seconds a new order's id is denied.
    registers_after: float = 0.0
    #: How many batches are queued at most.
    batches: int | None = None
    #: How often the daemon is started again; never when None.
    restart: int | None = None
    config: str = "unknown: {probe: true}"
    seed: int = 1


class LossyWorld(World):
    """A world that notes each loss; an `add` takes time, and other customers' orders take ids."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        super().__init__(
            folder, f"schedule: {{submit: 1m}}\n{setting.config}\n", gap=setting.gap, seed=setting.seed
        )
        self.latest = setting.latest
        self.setting = setting
        self.losses: list[Loss] = []
        self.sends: list[Send] = []
        self._burst_left = 0
        self._traffic = 0.0
        self._restarted_at = self.now
        self.state.pace = setting.pace
        self.state.registers_after = setting.registers_after

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Take an `add` with a fate by chance, and keep what it was."""
        link, began = request.form["link"], self.now
        self.advance(self.setting.add_takes)
        fate = self._fate()
        lost_at = None if fate is Fate.ANSWERED else self.now
        if lost_at is not None:
            self.losses.append(Loss(link, KINDS[fate], lost_at))
        price = self.state.services[int(request.form["service"])].price
        self.sends.append(Send(link, price * int(request.form["quantity"]), began, lost_at))
        self.fates = [fate]
        return super().send_once(request, permit, timeout)

    def _fate(self) -> Fate:
        setting, chance = self.setting, self.random
        if self._burst_left == 0 and len(self.losses) < setting.lost:
            self._burst_left = setting.burst * (chance.random() < setting.loss / setting.burst)
        if self._burst_left == 0:
            return Fate.ANSWERED
        self._burst_left -= 1
        return chance.choice([Fate.TAKEN, Fate.TAKEN, Fate.LATE, Fate.NEVER, Fate.NEVER])

    def restart_if_due(self) -> None:
        """Start the daemon again, as often as the setting says."""
        every = self.setting.restart
        if every is not None and self.now >= self._restarted_at + every:
            self._restarted_at = self.now
            self.worker = self.restarted()

    def advance(self, span: int) -> None:
        """Move the clock; the orders of other customers take their ids."""
        self._traffic += self.setting.traffic * span / SECOND
        passed, self._traffic = divmod(self._traffic, 1)
        self.state.skip_ids(int(passed))
        super().advance(span)


def run(setting: Setting) -> tuple[Outcome, Waits]:
    """Run one setting until its answers are lost and settled."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        world = LossyWorld(Path(folder), setting)
        outcome = Outcome(world.losses)
        batches = 0
        while world.lost < setting.lost and batches != setting.batches:
            batches += 1
            _queue_batch(world)
            _pass_time(world, outcome, world.now + setting.every)
        while world.busy() or world.held():
            _pass_time(world, outcome, world.now + HOUR)
        found = list(orders.listed(world.db, limit=0))
        outcome.compare(found, world.state.ledger)
        world.db.close()
        return outcome, waits(world.sends, {order.link: order.created_at for order in found})


def _queue_batch(world: LossyWorld) -> None:
    setting, chance = world.setting, world.random
    drafts = []
    for _ in range(setting.batch):
        service, quantity = chance.choice(setting.shop)
        link = f"https://x.example/{chance.getrandbits(64):x}"
        drafts.append(a_draft(link, service=str(service), quantity=quantity))
    queue.enqueue(world.db, [queue.Entry(draft) for draft in drafts], world.clock())


def _pass_time(world: LossyWorld, outcome: Outcome, end: int) -> None:
    while world.now < end:
        if world.random.random() < 0.002:
            world.state.deposit(Decimal(world.random.choice([1000, 1200, 5000])))
        world.restart_if_due()
        world.step(max(SECOND, end - world.now))
        if any(loss.is_open for loss in outcome.losses):
            outcome.note(world.verdicts())
        _settle(world, outcome)


def _settle(world: LossyWorld, outcome: Outcome) -> None:
    """The operator settles by the truth what has been held for long."""
    for order in world.held():
        if (order.submitted_at or 0) < world.now - PATIENCE:
            _settle_one(world, outcome, order)
    if world.doubt():
        outcome.doubts += 1
        world.resume()


def _settle_one(world: LossyWorld, outcome: Outcome, order: Order) -> None:
    outcome.reasons[world.last_reason(order)] += 1
    true_id = world.true_id(order)
    if true_id is None:
        drop = world.random.random() < 0.5
        change = (
            after_drop(order, By.OPERATOR, world.now)
            if drop
            else after_release(order, By.OPERATOR, world.now)
        )
        changes.apply(world.db, [change], world.now)
    elif isinstance(adopt(world.context(), order, true_id, By.OPERATOR), NotAdopted):
        outcome.wrongly_adopted += 1  # somebody else has its id
        changes.apply(world.db, [after_drop(order, By.OPERATOR, world.now)], world.now)
