"""Mutation tests of what decides about orders, accounts and money: `python -m tests.mutation [ROOM…]`.

`mutmut` makes small changes (a `<` becomes `<=`, a keyword is left out) and runs after each the tests of its room
that reach the changed function; rooms.py says which those are. `--sample 100` runs a random part of them. A change that
no test notices is printed, unless equivalent.py says why nobody could notice it. It works in the folder `mutants`.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import names, why_equivalent
from tests.mutation.rooms import ROOMS, SLOW, Room

ROOT = Path(__file__).parent.parent.parent
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
NOTICED = ("killed", "timeout")

SETTINGS = """
[tool.mutmut]
source_paths = ["tracker"]
only_mutate = {files!r}
# What is logged decides nothing.
do_not_mutate_patterns = ['\\blog\\.(info|warning|error|exception)\\(']
also_copy = ["README.md", "config.example.yaml"]
# What hangs, hangs for good.
timeout_multiplier = 3.0
timeout_constant = 10.0
pytest_add_cli_args = {arguments!r}
pytest_add_cli_args_test_selection = {tests!r}
"""


def main() -> None:
    """Run the changes of each room, or a sample, and print how many were noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"{' '.join(ROOMS)}; all unless given")
    parser.add_argument("--sample", type=int, help="how many changes of each room to try; all unless given")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--at-once", type=int, default=2, help="how many changes are tried at once")
    asked = parser.parse_args()
    total: Counter[str] = Counter()
    for name in asked.rooms or ROOMS:
        folder = _prepared(name, ROOMS[name])
        total += _tried(name, folder, _sample(folder, asked.sample, asked.seed), asked.at_once)
    _report("all", total)


def _prepared(name: str, room: Room) -> Path:
    """Copy the project into a folder of the room's own, with its settings; what was tried there before is known."""
    folder = ROOT / "mutants" / name
    folder.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)  # fmt: skip
    files = [
        one for one in listed.stdout.split("\0") if not one.startswith("mutants/") and (ROOT / one).is_file()
    ]
    for one in files:
        (folder / one).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / one, folder / one)
    plugins = ["-p", "no:cacheprovider", "-p", "tests.mutation.unremembered", "-n", "0"]
    arguments = [*plugins, *(f"--deselect={test}" for test in SLOW)]
    settings = SETTINGS.format(
        files=[f"tracker/{file}" for file in room.files],
        arguments=arguments,
        tests=[f"tests/{test}" for test in room.tests],
    )
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + settings)
    return folder


def _sample(folder: Path, size: int | None, seed: int) -> list[str]:
    """Choose some of the changes by name; none stands for all."""
    if size is None:
        return []
    _mutmut(folder, "run", "no.such.change")
    found = sorted(names(folder))
    return sorted(random.Random(seed).sample(found, min(size, len(found))))


def _tried(name: str, folder: Path, chosen: list[str], at_once: int) -> Counter[str]:
    # mutmut leaves what it has tried before as it was: what was not noticed then is tried again.
    again = [one for one, result in _results(folder).items() if result not in NOTICED]
    said = _mutmut(folder, "run", "--max-children", str(at_once), *(chosen or again))
    results = _results(folder)
    wanted = {one: result for one, result in results.items() if not chosen or one in chosen}
    if not wanted or "not checked" in wanted.values():
        sys.exit(said[-3000:])
    counts: Counter[str] = Counter()
    for one, result in sorted(wanted.items()):
        why, change = (None, "") if result in NOTICED else why_equivalent(folder, one, EQUIVALENT)
        counts["equivalent" if why else result] += 1
        if result not in NOTICED and why is None:
            print(f"{result}: {one}\n{change}")
    _report(name, counts)
    return counts


def _results(folder: Path) -> dict[str, str]:
    lines = _mutmut(folder, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ") for line in lines if ": " in line)


def _report(name: str, counts: Counter[str]) -> None:
    noticed, total = sum(counts[one] for one in NOTICED), sum(counts.values()) - counts["equivalent"]
    print(
        f"{name}: {noticed} of {total} changes noticed ({noticed / max(total, 1):.1%}); {dict(counts)}",
        flush=True,
    )


def _mutmut(folder: Path, *arguments: str) -> str:
    done = subprocess.run([MUTMUT, *arguments], cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
