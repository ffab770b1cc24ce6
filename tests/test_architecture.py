"""Who may import whom. Read this first: it is the plan of the house.

Imports go downward only. The pure rooms know no clock, no socket, no file and no outside library; each
outside library has one home.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "tracker"

FLOORS = (
    {"__main__"},
    {"cli"},
    {"commands"},
    {"demo", "daemon"},
    {"beats", "worker", "teller"},
    {"inquiry", "tracking", "adoption"},
    {"upkeep", "heartbeat"},
    {"store", "config", "panel", "notify", "intake", "logs", "standing", "practice", "templates"},
    {"sheets", "auditing", "rulings", "probing", "wallet", "narrowing", "news"},
    {"stillness"},
    {"alerts", "catalogue", "accounts", "decisions", "evidence", "polling", "dialects", "wire"},
    {"spending"},
    {"unpack", "pace", "redaction", "flight"},
    {"bucket"},
    {"orders", "exchange"},
    {"events"},
    {"quiet"},
    {"times", "lean", "clock"},
    {""},
)
"""From the attic to the cellar: a room may import from its own floor and from those below."""

PURE = {"times", "events", "orders", "exchange", "decisions", "accounts", "catalogue", "polling", "alerts", "standing", "dialects", "auditing", "rulings", "probing", "evidence", "spending", "wallet", "stillness", "quiet", "narrowing", "news"}  # fmt: skip
"""Rooms of values and decisions: the standard library without its clocks, sockets, files and chance."""

IMPURE = {"time", "socket", "os", "pathlib", "random", "threading", "subprocess", "sqlite3", "http", "logging", "shutil", "tempfile", "io"}  # fmt: skip

HOMES = {
    "apscheduler": {"beats"},
    "httpx": {"wire"},
    "httpcore": {"wire"},
    "peewee": {"store"},
    "playhouse": {"store"},
    "sqlite3": {"store"},
    "psycopg": {"store"},
    "apprise": {"notify"},
    "yaml": {"config"},
    "msgspec": {"config"},
    "rich": {"commands"},
    "click": {"commands", "cli"},
    "requests": {"notify"},
}
"""Each outside library, and the only rooms that know it."""


def room_of(path: Path) -> str:
    """The first part of a module's name below `tracker`; empty for the package itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


def rooms_below(names: set[str]) -> set[str]:
    """The rooms of tracker among imported names."""
    rooms = {name.split(".")[1] for name in names if name.startswith("tracker.")}
    return {room for room in rooms if (ROOT / room).is_dir() or (ROOT / f"{room}.py").is_file()}


FILES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)


def floor_of(room: str) -> int:
    """How far from the attic a room is."""
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downward_only(path: Path) -> None:
    here = room_of(path)
    for room in rooms_below(imports(path)) - {here}:
        assert floor_of(room) >= floor_of(here), f"{here} must not know {room}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_outside_library_has_one_home(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        assert room_of(path) in HOMES.get(library, {room_of(path)}), (
            f"{library} is at home in {HOMES[library]}"
        )


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in PURE], ids=lambda path: str(path.relative_to(ROOT))
)
def test_pure_rooms_know_no_clock_socket_file_or_outside_library(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        assert library not in IMPURE, f"{path.name} is pure and must not know {library}"
        assert library == "tracker" or library in sys.stdlib_module_names, f"{path.name} is pure: {library}"


def test_no_two_modules_import_each_other() -> None:
    known = {".".join(("tracker", *path.relative_to(ROOT).with_suffix("").parts)): path for path in FILES}
    graph = {
        name: {other for other in known if other in imports(path)} - {name} for name, path in known.items()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_every_room_stands_on_a_floor() -> None:
    assert {room_of(path) for path in FILES} <= set().union(*FLOORS)
