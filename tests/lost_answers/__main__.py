"""Prints, for each kind of shop and of loss, how many lost orders find themselves. A seed repeats a run.

In simulated time; `--day 10000 --loss 0.001` queues so many orders at the beginning of each day; `--real` lets daemons run
against practice panels, with short times.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from tests.lost_answers import real
from tests.lost_answers.record import Outcome, never_limit
from tests.lost_answers.simulation import EQUAL, TWELVE, Setting, run
from tests.lost_answers.waits import Waits
from tracker.lib import logs
from tracker.lib.times import DAY, MINUTE, SECOND, about, duration

SHOPS = {"equal": EQUAL, "twelve": TWELVE}
SETTLE = 15 * MINUTE

SLACK = 15 * SECOND
"""How much longer than `settle` nothing of its charge may be sent after a loss: another one may just be looked for."""

COLUMNS = (
    "accepted: adopted", "late: adopted", "never: absent", "median", "90th", "wrong", "doubles", "lost", "doubts",
)  # fmt: skip


def _be_quiet() -> None:
    logs.setup("error", "json")


def _names(chosen: argparse.Namespace) -> Iterator[tuple[str, int, str]]:
    for shop in chosen.shop:
        for burst in chosen.burst:
            losses = "single losses" if burst == 1 else f"bursts of {burst}"
            kind = "one service and quantity" if shop == "equal" else "twelve services and quantities"
            yield shop, burst, f"{kind}, {losses}"


def _settings(chosen: argparse.Namespace) -> Iterator[Setting]:
    for shop, burst, name in _names(chosen):
        setting = Setting(
            name, SHOPS[shop], burst, chosen.loss, chosen.lost, chosen.batch, chosen.every, latest=chosen.latest,
            gap=chosen.gap, traffic=chosen.traffic, pace=chosen.pace, registers_after=chosen.registers_after,
            restart=chosen.restart, config=chosen.config, seed=chosen.seed,
        )  # fmt: skip
        if chosen.day is not None:
            setting = replace(
                setting, batch=chosen.day, every=DAY, batches=chosen.days, lost=chosen.day * 365
            )
        yield setting


def _cells(outcome: Outcome, limit: int) -> Iterator[str]:
    for kind in ("accepted", "late", "never"):
        good, all_ = outcome.share(kind, limit)
        yield f"{good} of {all_}"
    median, ninetieth = outcome.time_to_adopt()
    yield f"{median:.1f} s"
    yield f"{ninetieth:.1f} s"
    for count in (outcome.wrongly_adopted, outcome.doubles, outcome.lost, outcome.doubts):
        yield str(count)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lost_answers", description=__doc__)
    parser.add_argument("--shop", choices=SHOPS, nargs="+", default=list(SHOPS))
    parser.add_argument("--burst", type=int, nargs="+", default=[1, 10], help="answers lost in a row")
    parser.add_argument("--loss", type=float, default=0.03, help="the share of answers that are lost")
    parser.add_argument("--lost", type=int, help="answers to lose in each row (300; with --real 60)")
    parser.add_argument("--batch", type=int, default=50, help="orders queued at a time")
    parser.add_argument("--every", type=duration, default="2h", help="how often a batch is queued")
    parser.add_argument("--day", type=int, help="orders queued at once, at the beginning of each day")
    parser.add_argument("--days", type=int, default=3, help="how many days, with --day")
    parser.add_argument("--latest", type=duration, default="14m", help="how late an order may arrive")
    parser.add_argument("--gap", type=int, default=4, help="the largest step from one id to the next")
    parser.add_argument("--traffic", type=float, default=0.0, help="ids a second of other customers")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds of an order's course in a second")
    parser.add_argument("--registers-after", type=float, default=0.0, help="seconds until an id is known")
    parser.add_argument("--restart", type=duration, help="how often the daemon is started again")
    parser.add_argument("--config", default="unknown: {probe: true}", help="YAML beside `panels:`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--why", action="store_true", help="also print why orders were left to the operator")
    parser.add_argument("--real", action="store_true", help="real daemons, panels and time; takes minutes")
    parser.add_argument("--accounts", type=int, default=4, help="accounts of each row, with --real")
    parser.add_argument("--settle", type=duration, default="20s", help="with --real")
    return parser


def _show(name: str, outcome: Outcome, limit: int, why: bool) -> None:
    row = "".join(f"{cell:>19}" for cell in _cells(outcome, limit))
    print(f"{name:<48}{row}", flush=True)
    for reason, count in outcome.reasons.most_common(12 if why else 0):
        print(f"    {count:>4} {reason}")


def _show_waits(found: Waits, outcome: Outcome) -> None:
    print(
        f"    longest wait of a queued order: {about(found.any_cause)}; for one lost order: {found.by_one / SECOND:.1f} s;"
        f" for {found.chain} lost in turn: {about(found.by_all)}; not sent {outcome.unsent}",
        flush=True,
    )


def _simulate(chosen: argparse.Namespace) -> int:
    """Run every row in simulated time; return how often something was wrong."""
    chosen.lost = chosen.lost or 300
    settings, wrong = list(_settings(chosen)), 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=_be_quiet) as pool:
        for setting, (outcome, found) in zip(settings, pool.map(run, settings), strict=True):
            _show(setting.name, outcome, never_limit(SETTLE), chosen.why)
            _show_waits(found, outcome)
            wrong += outcome.broken + (found.by_one > SETTLE + SLACK)
            wrong += chosen.day is not None and found.any_cause > DAY
    return wrong


def _try_for_real(chosen: argparse.Namespace) -> int:
    """Run every row with a daemon of its own, all at once; return how often something was wrong."""
    lost, wrong = chosen.lost or 60, 0
    plans = [
        real.Plan(name, SHOPS[shop], burst, chosen.loss, lost, chosen.accounts, chosen.settle, chosen.gap, chosen.seed)
        for shop, burst, name in _names(chosen)
    ]  # fmt: skip
    with ProcessPoolExecutor(len(plans), initializer=_be_quiet) as pool:
        for plan, outcome in zip(plans, pool.map(real.run, plans), strict=True):
            _show(plan.name, outcome, plan.limit, chosen.why)
            wrong += outcome.broken
    return wrong


def main() -> None:
    """Run every row and print the table; exit 1 when anything was doubled, lost, adopted wrongly, or waited too long."""
    chosen = _parser().parse_args()
    print(f"{'':<48}" + "".join(f"{name:>19}" for name in COLUMNS), flush=True)
    wrong = _try_for_real(chosen) if chosen.real else _simulate(chosen)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
