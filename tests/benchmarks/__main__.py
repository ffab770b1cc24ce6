"""Prints the table: medians of several runs, floor and tracker in turn."""

from __future__ import annotations

import argparse

from tests.benchmarks import freshness, growth, look


def main() -> None:
    """Run every benchmark and print its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--orders", type=int, default=100_000, help="active orders of the look")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows of the import, active orders of the picking"
    )
    parser.add_argument("--finished", type=int, default=10_000_000, help="finished orders beside those")
    chosen = parser.parse_args()
    print(f"{'measure':<58} {'floor':>9} {'tracker':>9} {'ratio':>7}   goal")
    print(growth.status_row(chosen.runs), flush=True)
    print(*freshness.rows(chosen.runs), sep="\n", flush=True)
    print(look.row(chosen.runs, chosen.orders), flush=True)
    print(*growth.import_rows(chosen.runs, chosen.rows), sep="\n", flush=True)
    print(growth.picking_row(chosen.runs, chosen.rows, chosen.finished), flush=True)


main()
