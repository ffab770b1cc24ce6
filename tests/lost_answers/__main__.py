"""Prints, for each kind of shop and of loss, how many lost orders find themselves. A seed repeats a run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from tests.lost_answers.simulation import EQUAL, TWELVE, Outcome, Setting, run
from tracker.lib import logs
from tracker.lib.times import MINUTE, about, duration

SHOPS = {"equal": EQUAL, "twelve": TWELVE}
SETTLE = 15 * MINUTE

COLUMNS = (
    "accepted: adopted", "late: adopted", "never: absent", "median", "90th", "wrong", "doubles", "lost", "doubts",
)  # fmt: skip


def _be_quiet() -> None:
    logs.setup("error", "json")


def _settings(chosen: argparse.Namespace) -> Iterator[Setting]:
    for shop in chosen.shop:
        for burst in chosen.burst:
            losses = "single losses" if burst == 1 else f"bursts of {burst}"
            kind = "one service and quantity" if shop == "equal" else "twelve services and quantities"
            yield Setting(
                f"{kind}, {losses}", SHOPS[shop], burst, chosen.loss, chosen.lost, chosen.batch, chosen.every,
                chosen.latest, chosen.gap, chosen.traffic, pace=chosen.pace,
                registers_after=chosen.registers_after, config=chosen.config, seed=chosen.seed,
            )  # fmt: skip


def _cells(outcome: Outcome) -> Iterator[str]:
    for kind in ("accepted", "late", "never"):
        good, all_ = outcome.share(kind, SETTLE)
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
    parser.add_argument("--lost", type=int, default=300, help="answers to lose in each row")
    parser.add_argument("--batch", type=int, default=50, help="orders queued at a time")
    parser.add_argument("--every", type=duration, default="2h", help="how often a batch is queued")
    parser.add_argument("--latest", type=duration, default="14m", help="how late an order may arrive")
    parser.add_argument("--gap", type=int, default=4, help="the largest step from one id to the next")
    parser.add_argument("--traffic", type=float, default=0.0, help="ids a second of other customers")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds of an order's course in a second")
    parser.add_argument("--registers-after", type=float, default=0.0, help="seconds until an id is known")
    parser.add_argument("--config", default="unknown: {probe: true}", help="YAML beside `panels:`")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--why", action="store_true", help="also print why orders were left to the operator")
    return parser


def _print_row(setting: Setting, outcome: Outcome, why: bool) -> None:
    row = "".join(f"{cell:>19}" for cell in _cells(outcome))
    print(f"{setting.name:<48}{row}", flush=True)
    print(
        f"    longest wait of a queued order: {about(outcome.longest_wait)}; not sent {outcome.unsent}",
        flush=True,
    )
    for reason, count in outcome.reasons.most_common(12 if why else 0):
        print(f"    {count:>4} {reason}")


def main() -> None:
    """Run every row and print the table; exit 1 when anything was doubled, lost, or adopted wrongly."""
    chosen = _parser().parse_args()
    settings = [replace(one) for one in _settings(chosen)]
    print(f"{'':<48}" + "".join(f"{name:>19}" for name in COLUMNS), flush=True)
    wrong = 0
    with ProcessPoolExecutor(os.cpu_count(), initializer=_be_quiet) as pool:
        for setting, outcome in zip(settings, pool.map(run, settings), strict=True):
            _print_row(setting, outcome, chosen.why)
            wrong += outcome.wrongly_adopted + outcome.doubles + outcome.lost
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
