"""A statement over thousands of orders against the truth, in simulated time: `python -m tests.statement`.

A panel takes orders, loses answers, takes some late, cancels some, refunds what it promises, or forgets to; somebody
tops the wallet up, and now and then spends from it elsewhere. The statement must close to the last digit, and what it
says of each cause is put beside what really happened.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.soak.__main__ import BATCH, PATIENCE, ROUND, SHOP
from tests.soak.world import Fate, World
from tests.support.samples import NOW, a_draft
from tracker.accounts.statement import Cause, Statement
from tracker.daemon.passes.adopt import adopt
from tracker.lib import logs
from tracker.lib.times import DAY, MINUTE
from tracker.operations.statements import month_statement
from tracker.orders.order import State
from tracker.orders.resolution import By, after_drop, after_release
from tracker.practice.state import ENDS
from tracker.store import changes, orders, queue

FATES = [Fate.ANSWERED] * 16 + [Fate.TAKEN, Fate.TAKEN, Fate.NEVER, Fate.LATE]


@dataclass
class Year:
    """A world in which much happens to one wallet, and what was done to it beside the panel's own doings."""

    world: World
    forgets: float
    kept: Decimal = Decimal(0)
    elsewhere: Decimal = Decimal(0)
    placed: int = 0

    def round(self) -> None:
        """Queue a batch, let it come to rest, and settle by the truth what is held for long."""
        world, chance = self.world, self.world.random
        drafts = []
        for _ in range(BATCH):
            service, quantity = chance.choice(SHOP)
            link = f"https://x.example/{chance.getrandbits(64):x}"
            drafts.append(a_draft(link, service=str(service), quantity=quantity))
        queue.enqueue(world.db, [queue.Entry(draft) for draft in drafts], world.now)
        self.placed += len(drafts)
        began = world.now
        while world.busy() or world.now < began + ROUND:
            while len(world.fates) < BATCH:
                world.fates.append(chance.choice(FATES))
            self._meddle()
            world.step()
        self._settle()

    def _meddle(self) -> None:
        world, chance = self.world, self.world.random
        if chance.random() < 0.0008:
            world.state.deposit(Decimal(chance.choice([100_000, 120_000, 250_000])) + chance.randrange(100))
        if self.forgets and chance.random() < 0.0002:
            amount = Decimal(chance.randrange(100, 9_999)) / 7
            amount = amount.quantize(Decimal("0.01"))
            world.state.withdraw(amount)
            self.elsewhere += amount
        if chance.random() < 0.01:
            for order in list(orders.listed(world.db, [State.ACTIVE], limit=1)):
                self._cancel(order.panel_order_id or "")

    def _cancel(self, panel_id: str) -> None:
        """End an order early; a panel that forgets takes the refund back at once."""
        state, before = self.world.state, len(self.world.state.moves)
        if state.status(panel_id).word in ENDS:
            return
        state.end(panel_id, "Canceled")
        made = [one for one in state.moves[before:] if one.kind == "refund"]
        if made and self.world.random.random() < self.forgets:
            state.withdraw(made[-1].amount)
            self.kept += made[-1].amount

    def _settle(self) -> None:
        world = self.world
        for order in [one for one in world.held() if (one.submitted_at or 0) < world.now - PATIENCE]:
            true_id = world.true_id(order)
            if true_id is not None:
                adopt(world.context(), order, true_id, By.OPERATOR)
            elif world.random.random() < 0.5:
                changes.apply(world.db, [after_drop(order, By.OPERATOR, world.now)], world.now)
            else:
                changes.apply(world.db, [after_release(order, By.OPERATOR, world.now)], world.now)
        if world.doubt():
            world.resume()
        world.advance(MINUTE)

    def run(self, count: int) -> None:
        """Place so many orders, and wait until nothing is open."""
        while self.placed < count:
            self.round()
        while self.world.held() or self.world.busy():
            self.world.step()
            self._settle()
        quiet = self.world.now + 2 * DAY
        while self.world.now < quiet:
            self.world.step()


def truth(year: Year) -> Counter[str]:
    """What really happened to the wallet, by kind."""
    found: Counter[str] = Counter()
    for one in year.world.state.moves:
        found[one.kind] += one.amount  # type: ignore[assignment]
    return found


def run(count: int, seed: int, forgets: float) -> tuple[Year, Statement]:
    """Run a world, and return it with its statement."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), "unknown: {probe: true}\n", gap=4, seed=seed)
        world.latest = 14 * MINUTE
        year = Year(world, forgets)
        world.step()
        year.run(count)
        made = month_statement(world.db, "p", (NOW, world.now + DAY))
        world.db.close()
    return year, made


def report(year: Year, made: Statement) -> int:
    """Print the statement beside the truth; return how many things are wrong."""
    moves, wallet, causes = truth(year), made.wallet, made.causes
    assert wallet is not None
    checks = [
        ("orders", Decimal(made.total.orders), Decimal(len(year.world.state.ledger))),
        ("spent", made.total.spent, -Decimal(moves["charge"])),
        ("refunded, as promised", made.total.refunded, Decimal(moves["refund"])),
        ("topped up", wallet.topped_up, Decimal(moves["deposit"])),
        ("refunds that did not come", causes[Cause.OWED], year.kept),
        ("unexplained", causes[Cause.UNEXPLAINED], year.elsewhere),
        ("the other causes", sum(causes.values()) - causes[Cause.OWED] - causes[Cause.UNEXPLAINED], Decimal(0)),
        ("difference", made.difference or Decimal(0), year.kept + year.elsewhere),
        ("difference, less its causes", (made.difference or Decimal(0)) - sum(causes.values()), Decimal(0)),
    ]  # fmt: skip
    print(f"{'':<30}{'statement':>24}{'truth':>24}")
    for what, said, true in checks:
        print(f"{what:<30}{said:>24,f}{true:>24,f}{'' if said == true else '   WRONG'}")
    print(
        f"{len(wallet.top_ups)} top-ups, {len(made.owed)} refunds to claim, {len(made.unexplained)} unexplained moves"
    )
    return sum(said != true for _, said, true in checks)


def main() -> None:
    """Run the worlds and print their statements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--forgets", type=float, default=0.2, help="the share of early refunds that do not come"
    )
    chosen = parser.parse_args()
    logs.setup("error", "json")
    began = time.process_time()
    year, made = run(chosen.orders, chosen.seed, chosen.forgets)
    wrong = report(year, made)
    print(
        f"{year.placed:,} orders, {year.world.lost:,} lost answers; {time.process_time() - began:.0f} s of CPU"
    )
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
