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
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tests.soak.__main__ import BATCH, PATIENCE, ROUND, SHOP
from tests.soak.world import Fate, World
from tests.support.samples import NOW, a_draft
from tracker.accounts.statement import Cause, Statement
from tracker.accounts.sums import Amount
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
    #: Refunds that were taken back, by the panel's number of their order.
    kept: dict[str, Decimal] = field(default_factory=dict)
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
            self.kept[panel_id] = made[-1].amount

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


@dataclass(frozen=True)
class Made:
    """The statement of a world, and the panel's number of each order in it."""

    year: Year
    of: Statement
    panel_ids: dict[int, str]

    def ids(self, some: Iterable[Amount]) -> set[str]:
        """The panel's numbers of the orders of some refunds."""
        return {self.panel_ids[one.order_id] for one in some}

    def missed(self) -> set[str]:
        """Refunds that did not come, and that the statement neither claims nor calls unclear."""
        unclear = {one for group in self.of.unclear for one in self.ids(group.refunds)}
        return set(self.year.kept) - self.ids(self.of.owed) - unclear

    def wrong(self) -> set[str]:
        """Refunds that the statement claims, and that came, or are of another amount."""
        claimed = {self.panel_ids[one.order_id]: one.amount for one in self.of.owed}
        return {one for one, amount in claimed.items() if self.year.kept.get(one) != amount}


def run(count: int, seed: int, forgets: float) -> Made:
    """Run a world, and return it with its statement."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), "unknown: {probe: true}\n", gap=4, seed=seed)
        world.latest = 14 * MINUTE
        year = Year(world, forgets)
        world.step()
        year.run(count)
        made = month_statement(world.db, "p", (NOW, world.now + DAY))
        panel_ids = {one.id: one.panel_order_id or "" for one in orders.listed(world.db, limit=0)}
        world.db.close()
    return Made(year, made, panel_ids)


def report(made: Made) -> int:
    """Print the statement beside the truth; return how many things are wrong."""
    year, of, causes = made.year, made.of, made.of.causes
    moves, wallet = truth(year), of.wallet
    assert wallet is not None
    kept = sum(year.kept.values(), Decimal(0))
    hidden = moves["deposit"] - wallet.topped_up
    checks = [
        ("orders", Decimal(of.total.orders), Decimal(len(year.world.state.ledger))),
        ("spent", of.total.spent, -Decimal(moves["charge"])),
        ("refunded, as promised", of.total.refunded, Decimal(moves["refund"])),
        ("difference, and top-ups that hide", (of.difference or Decimal(0)) + hidden, kept + year.elsewhere),
        ("difference, less its causes", (of.difference or Decimal(0)) - sum(causes.values()), Decimal(0)),
        ("refunds missed", Decimal(len(made.missed())), Decimal(0)),
        ("claims that are wrong", Decimal(len(made.wrong())), Decimal(0)),
    ]  # fmt: skip
    print(f"{'':<34}{'statement':>22}{'truth':>22}")
    for what, said, true in checks:
        print(f"{what:<34}{said:>22,f}{true:>22,f}{'' if said == true else '   WRONG'}")
    told = [
        ("topped up", wallet.topped_up, moves["deposit"]),
        ("refunds that did not come", causes[Cause.OWED], kept),
        ("missing, for one of several causes", causes[Cause.UNCLEAR], 0),
        ("unexplained", causes[Cause.UNEXPLAINED], year.elsewhere),
    ]
    for what, amount, right in told:
        print(f"{what:<34}{amount:>22,f}{right:>22,f}")
    unclear = {one for group in of.unclear for one in made.ids(group.refunds)}
    print(
        f"{len(wallet.top_ups)} top-ups; {len(year.kept)} refunds did not come: {len(of.owed)} claimed, "
        f"{len(set(year.kept) & unclear)} among {len(unclear)} that cannot be told apart in {len(of.unclear)} places, "
        f"of {sum(one.kind == 'refund' for one in year.world.state.moves):,} refunds; "
        f"{len(of.unexplained)} unexplained moves"
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
    made = run(chosen.orders, chosen.seed, chosen.forgets)
    wrong = report(made)
    print(
        f"{made.year.placed:,} orders, {made.year.world.lost:,} lost answers; {time.process_time() - began:.0f} s of CPU"
    )
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
