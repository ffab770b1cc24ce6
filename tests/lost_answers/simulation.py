"""Batches of orders at a panel that loses answers, in simulated time, with a record of each loss and its end."""

from __future__ import annotations

import statistics
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tests.soak.world import Fate, World
from tests.support.samples import a_draft
from tracker.daemon.passes.adopt import NotAdopted, adopt
from tracker.lib.http import Permit
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.order import Order, State
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
    #: Lost answers after which no more are lost.
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
    config: str = "unknown: {probe: true}"
    seed: int = 1


@dataclass
class Loss:
    """One lost answer. Times are microseconds."""

    link: str
    kind: str
    at: int
    adopted_at: int | None = None
    absent_at: int | None = None


@dataclass
class Outcome:
    """What became of the orders of one setting."""

    losses: list[Loss] = field(default_factory=list)
    wrongly_adopted: int = 0
    doubles: int = 0
    lost: int = 0
    doubts: int = 0
    #: Why the orders were held that no verdict was found for.
    reasons: Counter[str] = field(default_factory=Counter)
    #: The longest time from queued to sent, and how long the last order of a day was late for its day.
    longest_wait: int = 0
    unsent: int = 0

    def share(self, kind: str, settle: int) -> tuple[int, int]:
        """Return how many losses of a kind were decided rightly and in time, of how many."""
        those = [loss for loss in self.losses if loss.kind == kind]
        if kind == "never":
            limit = settle + HOUR
            good = [one for one in those if one.absent_at is not None and one.absent_at - one.at <= limit]
        else:
            good = [one for one in those if one.adopted_at is not None]
        return len(good), len(those)

    def time_to_adopt(self) -> tuple[float, float]:
        """Return the median and the 90th percentile, in seconds, of orders that had been accepted at once."""
        spans = sorted(
            (one.adopted_at - one.at) / SECOND
            for one in self.losses
            if one.kind == "accepted" and one.adopted_at is not None
        )
        return (statistics.median(spans), spans[len(spans) * 9 // 10]) if spans else (0.0, 0.0)


class LossyWorld(World):
    """A world that notes each loss; an `add` takes time, and other customers' orders take ids."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        super().__init__(
            folder, f"schedule: {{submit: 1m}}\n{setting.config}\n", gap=setting.gap, seed=setting.seed
        )
        self.latest = setting.latest
        self.setting = setting
        self.losses: list[Loss] = []
        self._burst_left = 0
        self._traffic = 0.0
        self.state.pace = setting.pace
        self.state.registers_after = setting.registers_after

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Take an `add` with a fate by chance, and keep what it was."""
        self.advance(self.setting.add_takes)
        fate = self._fate()
        if fate is not Fate.ANSWERED:
            self.losses.append(Loss(request.form["link"], KINDS[fate], self.now))
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

    def advance(self, span: int) -> None:
        """Move the clock; the orders of other customers take their ids."""
        self._traffic += self.setting.traffic * span / SECOND
        passed, self._traffic = divmod(self._traffic, 1)
        self.state.skip_ids(int(passed))
        super().advance(span)


def run(setting: Setting) -> Outcome:
    """Run one setting until its answers are lost and settled."""
    shm = Path("/dev/shm")
    outcome = Outcome()
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        world = LossyWorld(Path(folder), setting)
        outcome.losses = world.losses
        while world.lost < setting.lost:
            _queue_batch(world)
            _pass_time(world, outcome, world.now + setting.every)
        while world.busy() or world.held():
            _pass_time(world, outcome, world.now + HOUR)
        _compare(world, outcome)
        world.db.close()
    return outcome


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
        world.step(max(SECOND, end - world.now))
        _note_ends(world, outcome)
        _settle(world, outcome)


def _note_ends(world: LossyWorld, outcome: Outcome) -> None:
    """Note when each loss was decided."""
    open_losses = {
        one.link: one for one in outcome.losses if one.adopted_at is None and one.absent_at is None
    }
    if not open_losses:
        return
    for order_id, link, ruling, at in world.verdicts():
        loss = open_losses.get(link)
        if loss is not None and at < loss.at:
            continue  # an order that was released may be lost again
        if loss is not None and ruling == "adopt":
            loss.adopted_at = at
        elif loss is not None and ruling == "absent":
            loss.absent_at = at
            if loss.kind != "never":
                outcome.reasons[f"order {order_id} was called absent, and was {loss.kind}"] += 1


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
        change = after_drop(order, world.now) if drop else after_release(order, By.OPERATOR, world.now)
        changes.apply(world.db, [change], world.now)
    elif isinstance(adopt(world.context(), order, true_id, By.OPERATOR), NotAdopted):
        outcome.wrongly_adopted += 1  # somebody else has its id
        changes.apply(world.db, [after_drop(order, world.now)], world.now)


def _compare(world: LossyWorld, outcome: Outcome) -> None:
    """Compare the tracker's orders with what the panel really took."""
    placed = Counter(one.link for one in world.state.ledger)
    links = {str(one.order_id): one.link for one in world.state.ledger}
    found = list(orders.listed(world.db, limit=0))
    known = {order.panel_order_id: order.link for order in found}
    outcome.doubles = sum(count - 1 for count in placed.values())
    outcome.lost = sum(1 for one in links if one not in known)
    outcome.wrongly_adopted += sum(
        1 for one, link in known.items() if one is not None and links.get(one) != link
    )
    waits = [(order.submitted_at or 0) - order.created_at for order in found if order.attempts == 1]
    outcome.longest_wait = max(waits, default=0)
    outcome.unsent = sum(1 for order in found if order.state is State.QUEUED)
