"""Runs a real daemon under random faults, one each second and a half, and compares it with what the panel really took.

Meanwhile it is killed, stopped, made to stand still, and its clock is set; what is left out with --steady, which shows
whether its memory stays flat. Left out by default are faults in which the panel takes an order and answers with a proof
that it did not ("not enough funds"): no client can tell that answer from an honest one, which it must believe, or an
order that was refused would never be sent. With --lies they happen too, and their doubles are counted apart.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from tests.faults.run import Plan, run
from tracker.lib import logs


def main() -> None:
    """Run for as long as was asked for; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two readings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steady", action="store_true", help="no kills, pauses and steps of the clock")
    parser.add_argument("--lies", action="store_true", help="false proofs that an order was refused, too")
    parser.add_argument("--resend", action="store_true", help="with `resend: when-proven-absent`")
    parser.add_argument(
        "--trace", type=Path, help="write here which lines allocate more and more; slower, and larger"
    )
    chosen = parser.parse_args()
    plan = Plan(
        chosen.minutes * 60, chosen.every, chosen.seed, chosen.trace,
        upsets=not chosen.steady and chosen.trace is None, lies=chosen.lies, resend=chosen.resend,
    )  # fmt: skip
    logs.setup("error", "json")  # of the operator; the daemon has a log of its own
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), plan, partial(print, flush=True))
    print(found)
    print(*found.excused, *found.broken, sep="\n")
    raise SystemExit(1 if found.broken else 0)


if __name__ == "__main__":
    main()
