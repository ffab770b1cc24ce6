"""The changes that mutmut has made: their names, and what each makes of its function."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

MADE = Path("mutants")
"""Where mutmut keeps them."""

SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|ON CONFLICT)\b|\bIN \(|= \?")
QUOTED = re.compile(r"'[^']*'")


def names(folder: Path) -> Iterator[str]:
    """Yield the name of each change that was made."""
    for file in (folder / MADE / "tracker").rglob("*.py"):
        module = ".".join(file.relative_to(folder / MADE).with_suffix("").parts)
        yield from (f"{module}.{one}" for one in _functions(file) if not one.endswith("_orig"))


def why_equivalent(
    folder: Path, name: str, equivalent: Mapping[str, Sequence[str]]
) -> tuple[str | None, str]:
    """Return why nobody can notice a change, or None where nothing says so; and the change, to be read."""
    module, _, function = name.rpartition(".")
    original = f"{function.rpartition('__mutmut_')[0]}__mutmut_orig"
    found = _functions(folder / MADE / Path(*module.split(".")).with_suffix(".py"))
    before, after = (found[one].replace(one, "") for one in (original, function))
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    place = f"{module.removeprefix('tracker.')}.{_plain(original)}"
    made = " ".join(line[2:].strip() for line in lines if line.startswith("+ "))
    taken = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
    why = next((why for why, changes in equivalent.items() if f"{place}: {made}" in changes), None)
    if why is None and _is_sql_in_another_case(taken, made):
        why = "SQL knows no case, but in quoted values"
    return why, "\n".join([*(f"  {line}" for line in lines if line[0] in "+-"), f"  = {place}: {made}"])


def _is_sql_in_another_case(before: str, after: str) -> bool:
    """Tell whether two lines are one statement whose words are written small and large; quoted values are equal."""
    same = before.casefold() == after.casefold() and QUOTED.findall(before) == QUOTED.findall(after)
    return same and before != after and SQL.search(before) is not None


def _plain(mangled: str) -> str:
    return (
        mangled.removesuffix("__mutmut_orig").removeprefix("x").removeprefix("_").replace("ǁ", ".").strip(".")
    )


@cache
def _functions(file: Path) -> dict[str, str]:
    """Return the source of each function and of each change of it, by its name in the file."""
    text = file.read_text()
    found = ((node.name, ast.get_source_segment(text, node) or "") for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))  # fmt: skip
    return {name: source for name, source in found if "__mutmut_" in name}
