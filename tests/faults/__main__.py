"""Runs a real daemon under random faults, one each half second, and prints its memory each minute."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.faults.run import Plan, run


def main() -> None:
    """Run for as long as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two readings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--trace", type=Path, help="write here which lines allocate more and more; slower, and larger"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for reading in run(Path(folder), Plan(chosen.minutes * 60, chosen.every, chosen.seed, chosen.trace)):
            print(reading, flush=True)


if __name__ == "__main__":
    main()
