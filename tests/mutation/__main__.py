"""Mutation tests of what decides about orders, accounts and lost answers: `python -m tests.mutation`.

`mutmut` makes small changes (a `<` becomes `<=`, a keyword is left out) and runs the tests by table after each; which
files it changes and which tests it runs stands in pyproject.toml. `--sample 100` runs a random part in a minute. A change
that no test notices is printed with its name; `mutmut show NAME` shows it. It works in the folder `mutants`.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

MUTMUT = str(Path(sys.executable).with_name("mutmut"))
META = Path("mutants")
NAME = re.compile(r"^def (x\w*__mutmut_\d+)\(|^    def (xǁ\w+__mutmut_\d+)\(", re.MULTILINE)


def main() -> None:
    """Run all mutants, or a sample, and print how many were noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="how many mutants to run; all unless given")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    asked = parser.parse_args()
    chosen = _sample(asked.sample, asked.seed) if asked.sample else []
    _mutmut("run", *chosen)
    results = dict(
        line.strip().split(": ") for line in _mutmut("results", "--all", "true").splitlines() if ": " in line
    )
    wanted = {name: result for name, result in results.items() if not chosen or name in chosen}
    counts = Counter(wanted.values())
    for name, result in sorted(wanted.items()):
        if result != "killed":
            print(f"{result}: {name}")
    noticed, total = counts["killed"] + counts["timeout"], sum(counts.values())
    print(f"{noticed} of {total} changes noticed ({noticed / total:.1%}); {dict(counts)}")


def _sample(size: int, seed: int) -> list[str]:
    """Make the mutants without running them, and choose some of their names."""
    _mutmut("run", "no.such.mutant", check=False)
    names = sorted(_names())
    return sorted(random.Random(seed).sample(names, min(size, len(names))))


def _names() -> set[str]:
    """Return the name of each mutant that was made."""
    found = set()
    for file in (META / "tracker").rglob("*.py"):
        module = ".".join(file.relative_to(META).with_suffix("").parts)
        found |= {f"{module}.{one or other}" for one, other in NAME.findall(file.read_text())}
    return found


def _mutmut(*arguments: str, check: bool = True) -> str:
    done = subprocess.run([MUTMUT, *arguments], check=check, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
