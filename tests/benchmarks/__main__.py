"""Prints the table: medians of several runs, floor and tracker in turn."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from tests.benchmarks import (
    adds,
    alternatives,
    fleet,
    freshness,
    growth,
    hanging,
    look,
    memory,
    monitors,
    pages,
    wire,
)
from tests.benchmarks.measuring import WIDTH

MEASURES: dict[str, Callable[[Namespace], list[str]]] = {
    "status": lambda told: growth.status_rows(told.runs),
    "freshness": lambda told: freshness.rows(told.runs),
    "look": lambda told: look.cpu_rows(told.runs, told.orders),
    "wire": lambda told: wire.rows(told.runs, told.calls),
    "look-server": lambda told: look.server_rows(told.runs, told.orders),
    "sweep": lambda told: look.sweep_rows(told.runs, told.swept),
    "adds": lambda told: adds.rows(told.runs, told.added),
    "idle": lambda told: memory.idle_rows(told.runs, told.seconds, told.lead),
    "peak": lambda told: memory.sweep_rows(told.rows, told.until),
    "others": lambda told: alternatives.rows(told.followed, told.looks, told.lead),
    "fleet": lambda told: fleet.slow_rows(told.runs, told.shared, told.daemons, told.lead),
    "busy-fleet": lambda told: fleet.busy_rows(told.runs, told.shared, told.daemons, told.lead),
    "import": lambda told: growth.import_rows(told.runs, told.rows),
    "list": lambda told: growth.list_rows(told.runs, told.rows),
    "pages": lambda told: pages.rows(told.runs, told.rows, told.requests),
    "hanging": lambda told: (
        hanging.rows(told.runs, told.swept, told.warm) + hanging.memory_rows(told.orders, told.requests)
    ),
    "monitors": lambda told: monitors.rows(told.runs, told.rows),
    "picking": lambda told: growth.picking_rows(told.runs, told.rows, told.finished),
}


def options() -> argparse.ArgumentParser:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    number: dict[str, Any] = {"type": int, "metavar": "N"}
    parser.add_argument(
        "--only",
        nargs="+",
        choices=MEASURES,
        default=list(MEASURES),
        metavar="NAME",
        help=", ".join(MEASURES),
    )
    parser.add_argument("--runs", **number, default=5)
    parser.add_argument("--orders", **number, default=100_000, help="active orders of the look")
    parser.add_argument("--swept", **number, default=20_000, help="active orders of the sweep")
    parser.add_argument("--calls", **number, default=2000, help="status calls of each side of the wire")
    parser.add_argument("--added", **number, default=300, help="orders that are added")
    parser.add_argument(
        "--rows",
        **number,
        default=1_000_000,
        help="rows of the import and the list, active orders of the picking and the peak, orders beside monitors",
    )
    parser.add_argument("--until", **number, default=300_000, help="orders looked at when the peak is read")
    parser.add_argument("--finished", **number, default=10_000_000, help="finished orders of the picking")
    parser.add_argument("--requests", **number, default=2000, help="requests over which a page must not grow")
    parser.add_argument(
        "--warm", **number, default=6, help="seconds that hostile clients have before a sweep"
    )
    parser.add_argument("--seconds", **number, default=30, help="how long the idle daemon is watched")
    parser.add_argument(
        "--followed", **number, default=1000, help="orders that are followed by other means too"
    )
    parser.add_argument("--looks", **number, default=10, help="how often each of them is looked at")
    parser.add_argument("--shared", **number, default=12_000, help="active orders of several daemons")
    parser.add_argument("--daemons", **number, default=4)
    parser.add_argument(
        "--lead", **number, default=3, help="seconds until daemons that have started are at rest"
    )
    return parser


def main() -> None:
    """Run the benchmarks that are asked for, and print their rows."""
    told = options().parse_args()
    print(f"{'measure':<{WIDTH}} {'floor':>9} {'tracker':>9} {'ratio':>7}   goal")
    for name in told.only:
        print(*MEASURES[name](told), sep="\n", flush=True)


if __name__ == "__main__":
    main()
