"""Tries one account in ever new ways, in as many processes as there are processors; prints what falls, and its steps."""

from __future__ import annotations

import argparse
import os
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from io import StringIO
from itertools import count, repeat

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.reporting import with_reporter
from hypothesis.stateful import INVARIANT_MARKER, run_state_machine_as_test

from tests.at_most_once.machine import AtMostOnce
from tracker.lib import logs

EXAMPLES = 25
"""Examples of one seed: short enough to stop in time."""


def _be_quiet() -> None:
    logs.setup("error", "json")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # of what it is meant to do it says a lot


def tried(number: int, steps: int, shrink: bool) -> str | None:
    """Try the examples of one seed; return what fell, with the steps to it."""
    said: list[object] = []
    chosen = settings(
        max_examples=EXAMPLES, stateful_step_count=steps, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )  # fmt: skip
    try:
        with redirect_stdout(StringIO()), with_reporter(said.append):
            run_state_machine_as_test(seed(number)(AtMostOnce), settings=chosen)
    except Exception as fault:  # noqa: BLE001  whatever falls is told
        where = traceback.format_tb(fault.__traceback__)[-1].strip()
        told = _without_checks([*said, *getattr(fault, "__notes__", ())])
        return "\n".join([f"seed {number}: {type(fault).__name__}: {fault}", where, *told])
    return None


def _without_checks(said: list[object]) -> list[str]:
    """Leave out the invariants, which are named after each step."""
    checks = {
        f"state.{name}()" for name in dir(AtMostOnce) if hasattr(getattr(AtMostOnce, name), INVARIANT_MARKER)
    }
    return [line for text in said for line in str(text).splitlines() if line.strip() not in checks]


def main() -> None:
    """Try for as long as was asked for; exit 1 when anything fell."""
    parser = argparse.ArgumentParser(prog="python -m tests.at_most_once", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument("--steps", type=int, default=60, help="things that happen to one account, at most")
    parser.add_argument("--seed", type=int, default=1, help="of the first examples")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest steps to what falls")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    until, fallen, seeds = time.monotonic() + 60 * chosen.minutes, 0, 0
    with ProcessPoolExecutor(chosen.processes, initializer=_be_quiet) as pool:
        for first in count(chosen.seed, chosen.processes):
            if time.monotonic() >= until:
                break
            numbers = range(first, first + chosen.processes)
            seeds += len(numbers)
            for told in pool.map(tried, numbers, repeat(chosen.steps), repeat(chosen.shrink)):
                if told is not None:
                    fallen += 1
                    print(told, flush=True)
    print(f"{seeds} seeds of {EXAMPLES} examples, up to {chosen.steps} steps each: {fallen} fell")
    raise SystemExit(1 if fallen else 0)


if __name__ == "__main__":
    main()
