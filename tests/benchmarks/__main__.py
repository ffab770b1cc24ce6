"""Prints the table: medians of several runs, floor and tracker in turn."""

from __future__ import annotations

import argparse

from tests.benchmarks import freshness, look


def main() -> None:
    """Run every benchmark and print its row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--orders", type=int, default=50_000)
    chosen = parser.parse_args()
    print(f"{'measure':<58} {'floor':>9} {'tracker':>9} {'ratio':>7}   goal")
    print(look.row(chosen.runs, chosen.orders), flush=True)
    print(*freshness.rows(chosen.runs), sep="\n", flush=True)


main()
