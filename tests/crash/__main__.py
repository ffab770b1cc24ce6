"""The crash matrix: every point where the daemon commits or does I/O, times each fate of the request in flight."""

from __future__ import annotations

import argparse
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

from tests.crash import matrix, requests
from tests.crash.matrix import Cell, Outcome

PROGRESS = 50
"""Cells from one line of progress to the next."""


def cells(begin: str) -> list[Cell]:
    """Find every point, and return its first and its last passing for each fate that begins like that."""
    found = []
    for world in (matrix, requests):
        for fate in (one for one in world.FATES if one.startswith(begin)):
            for point, count in world.points(fate).items():
                found += [Cell(point, nth, fate) for nth in sorted({1, count})]
    return found


def run(cell: Cell) -> Outcome:
    """Run a cell in the world that its fate belongs to."""
    return requests.run(cell) if cell.fate in requests.FATES else matrix.run(cell)


def main() -> None:
    """Run the matrix, or a sample of it, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="how many cells to run; all when left out")
    parser.add_argument("--fate", help="only cells whose fate begins like that")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--from", type=int, default=0, dest="begin", help="leave out so many cells, which ran before"
    )
    parser.add_argument("--processes", type=int, default=2 * (os.cpu_count() or 1), help="daemons at a time")
    chosen = parser.parse_args()
    began = time.monotonic()
    found = cells(chosen.fate or "")
    print(f"{len({cell.point for cell in found})} points, {len(found)} cells", flush=True)
    if chosen.sample is not None:
        found = random.Random(chosen.seed).sample(found, min(chosen.sample, len(found)))
    found = found[chosen.begin :]
    with ThreadPoolExecutor(chosen.processes) as pool:
        outcomes = [_told(one, n, began) for n, one in enumerate(pool.map(run, found), start=1)]
    raise SystemExit(_report(outcomes, time.monotonic() - began))


def _told(outcome: Outcome, number: int, began: float) -> Outcome:
    """Print how far it is now and then, and at once what is wrong; return the outcome."""
    if outcome.is_bad:
        print(f"BAD {outcome}", flush=True)
    if number % PROGRESS == 0:
        print(f"{number} cells after {time.monotonic() - began:.0f} s", flush=True)
    return outcome


def _report(outcomes: list[Outcome], seconds: float) -> int:
    bad = [one for one in outcomes if one.is_bad]
    print(f"{'runs':>8}{'killed':>8}{'held':>8}{'doubles':>9}{'lost':>8}{'untold':>8}{'seconds':>9}")
    sums = [
        sum(getattr(one, name) for one in outcomes)
        for name in ("landed", "held", "doubles", "lost", "untold")
    ]
    landed, held, doubles, lost, untold = sums
    print(f"{len(outcomes):>8}{landed:>8}{held:>8}{doubles:>9}{lost:>8}{untold:>8}{seconds:>9.0f}")
    return 1 if bad else 0


if __name__ == "__main__":
    main()
