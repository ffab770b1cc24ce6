"""Loses answers until there are enough, settles what is held by the truth, and counts. A seed repeats a run.

The answers of a setting are lost in several worlds, an account each, so that all processors have work to the end: a check
also considers what was released or dropped in the last 30 days, which is most of what a world has lost by then.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from tests.soak.world import Fate, World
from tests.support.samples import a_draft
from tracker.daemon.passes.adopt import NotAdopted, adopt
from tracker.lib import logs
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.order import State
from tracker.orders.resolution import By, after_drop, after_release
from tracker.store import changes, orders, queue

BATCH = 12
"""Orders queued at a time."""

SHOP = (
    (1, 100), (1, 150), (1, 700), (2, 100), (2, 250), (2, 450), (3, 1000), (3, 2200), (8, 300), (8, 90), (9, 210), (10, 600),
)  # fmt: skip
"""Services and quantities; two cost the same, and some end with a refund."""

ROUND = 2 * HOUR
"""How long it takes until the next orders are queued."""

WORLD = 1000
"""Answers that one world loses: it lives for about 15 days until then, with some 900 orders that it has to remember."""

PATIENCE = 8 * HOUR
"""How long the operator leaves an order unknown before looking at the panel's page."""


class Account(StrEnum):
    """Who orders from an account, and what the config says of that."""

    SOLE = "sole account"
    SHARED = "shared account"
    FALSE = "others order, though `sole`"


@dataclass(frozen=True)
class Setting:
    """One row of the table."""

    account: Account
    probe: bool
    resend: bool
    lost: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.account}, probe {'on' if self.probe else 'off'}{', resend on' if self.resend else ''}"

    def worlds(self, size: int) -> list[Setting]:
        """Divide it into worlds that lose about `size` answers each, every one with a seed of its own."""
        count = max(1, round(self.lost / size))
        shares = [self.lost // count + (n < self.lost % count) for n in range(count)]
        return [replace(self, lost=share, seed=self.seed + n) for n, share in enumerate(shares)]


def soak(setting: Setting) -> Counter[str]:
    """Run one setting and count what became of its orders."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        resend = "resend: when-proven-absent, resend_max: 1000000" if setting.resend else "resend: never"
        settings = f"unknown: {{probe: {str(setting.probe).lower()}, {resend}}}\n"
        panel = ", account: shared" if setting.account is Account.SHARED else ""
        world = World(Path(folder), settings, gap=4, seed=setting.seed, panel=panel)
        world.latest = 14 * MINUTE
        counts: Counter[str] = Counter()
        while world.lost < setting.lost:
            _round(world, setting, counts)
        while world.held() or world.busy():
            world.step()
            _settle(world, counts, PATIENCE)
        counts["lost answers"] = world.lost
        _count(world, counts)
        world.db.close()
    return counts


def _be_quiet() -> None:
    logs.setup("error", "json")


def _round(world: World, setting: Setting, counts: Counter[str]) -> None:
    """Queue a batch, lose half of its answers, and let it come to rest."""
    chance = world.random
    drafts = []
    for _ in range(BATCH):
        service, quantity = chance.choice(SHOP)
        link = f"https://x.example/{chance.getrandbits(64):x}"
        drafts.append(a_draft(link, service=str(service), quantity=quantity))
    queue.enqueue(world.db, [queue.Entry(draft) for draft in drafts], world.now)
    began = world.now
    while world.busy() or world.now < began + ROUND:
        while len(world.fates) < BATCH:
            lost = chance.choice([Fate.TAKEN, Fate.TAKEN, Fate.NEVER, Fate.NEVER, Fate.LATE])
            world.fates.append(chance.choice([Fate.ANSWERED, lost]))
        _others(world, setting)
        world.step()
    _settle(world, counts, PATIENCE)


def _others(world: World, setting: Setting) -> None:
    """What else happens to an account."""
    chance = world.random
    if chance.random() < 0.0005:
        world.state.deposit(Decimal(chance.choice([1000, 1200, 5000])))
    if chance.random() < 0.003:
        active = list(orders.listed(world.db, [State.ACTIVE], limit=5))
        for order in active[:1]:
            world.state.end(order.panel_order_id or "", "Canceled")
    if setting.account is not Account.SOLE and chance.random() < 0.01:
        service, quantity = chance.choice(SHOP)
        world.state.place_elsewhere(service, f"https://other.example/{chance.getrandbits(64):x}", quantity)


def _settle(world: World, counts: Counter[str], patience: int) -> None:
    """The operator looks at the panel's own page and settles what has been held for long by what is shown there."""
    old = [order for order in world.held() if (order.submitted_at or 0) < world.now - patience]
    for order in old:
        counts["held"] += 1
        true_id = world.true_id(order)
        if true_id is None:
            decide = (
                after_drop(order, By.OPERATOR, world.now)
                if world.random.random() < 0.5
                else after_release(order, By.OPERATOR, world.now)
            )
            changes.apply(world.db, [decide], world.now)
        elif isinstance(adopt(world.context(), order, true_id, By.OPERATOR), NotAdopted):
            counts["wrongly adopted"] += 1  # somebody else has its id
            changes.apply(world.db, [after_drop(order, By.OPERATOR, world.now)], world.now)
    if world.doubt():
        counts["doubts"] += 1
        world.resume()
    world.advance(MINUTE)


def _count(world: World, counts: Counter[str]) -> None:
    """Compare the tracker's orders with what the panel really took."""
    placed = Counter(one.link for one in world.state.ledger)
    links = {str(one.order_id): one.link for one in world.state.ledger}
    known = {order.panel_order_id: order.link for order in orders.listed(world.db, limit=0)}
    counts["doubles"] = sum(count - 1 for count in placed.values())
    counts["lost"] = sum(1 for one in links if one not in known)
    counts["wrongly adopted"] += sum(
        1 for one, link in known.items() if one is not None and links.get(one) != link
    )
    query = "SELECT COUNT(*) FROM looks WHERE ruling = ?"
    counts["adopted"] = world.db.sql(query, ("adopt",))[0][0]
    resent = "SELECT COUNT(*) FROM history WHERE why LIKE 'sent again%'"
    counts["resent"] = world.db.sql(resent)[0][0]


COLUMNS = ("lost answers", "adopted", "held", "resent", "doubts", "wrongly adopted", "lost", "doubles")


KINDS = (
    (Account.SOLE, True, False),
    (Account.SOLE, False, False),
    (Account.SOLE, True, True),
    (Account.SHARED, True, False),
    (Account.FALSE, True, False),
)
"""The account, `probe`, and whether a proven loss is sent again (`resend`)."""


def main() -> None:
    """Run every setting and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lost", type=int, default=10_000, help="answers to lose in each setting")
    parser.add_argument("--world", type=int, default=WORLD, help="answers to lose in one world")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    chosen = parser.parse_args()
    settings = [Setting(*kind, chosen.lost, chosen.seed) for kind in KINDS]
    print(f"{'setting':<36}" + "".join(f"{name:>17}" for name in COLUMNS) + f"{'CPU':>9}", flush=True)
    with ProcessPoolExecutor(chosen.processes, initializer=_be_quiet) as pool:
        running = [
            (one, [pool.submit(_timed, part) for part in one.worlds(chosen.world)]) for one in settings
        ]
        wrong = [_show(setting, [part.result() for part in parts]) for setting, parts in running]
    raise SystemExit(1 if any(wrong) else 0)


def _timed(setting: Setting) -> Counter[str]:
    began = time.process_time()
    counts = soak(setting)
    counts["CPU"] = round(time.process_time() - began)
    return counts


def _show(setting: Setting, parts: list[Counter[str]]) -> int:
    """Print a setting's row; return how often a promise was broken."""
    counts = sum(parts, Counter())
    figures = "".join(f"{counts[name]:>17,}" for name in COLUMNS)
    print(f"{setting.name:<36}{figures}{counts['CPU']:>7,} s", flush=True)
    if setting.account is Account.FALSE:  # whoever adopts goes by the operator's word
        return counts["doubles"]
    return counts["doubles"] + counts["lost"] + counts["wrongly adopted"]


if __name__ == "__main__":
    main()
