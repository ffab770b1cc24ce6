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

MAY_IMPORT = {
    "cli": {"service", "daemon", "web", "chat", "operations", "store", "config", "panel", "reconciliation", "accounts", "orders", "alerts", "practice", "events", "lib"},
    "service": {"config", "store.backup", "store.daemons", "store.database", "lib"},
    "daemon": {"web", "chat", "operations", "store", "config", "reconciliation", "accounts", "panel", "alerts", "orders", "events", "lib"},
    "web": {"operations", "store", "config", "reconciliation", "accounts", "orders", "alerts", "events", "lib"},
    "chat": {"operations", "store", "config", "accounts", "orders", "alerts", "events", "lib"},
    "operations": {"store", "config", "reconciliation", "accounts", "orders", "alerts", "panel.dialects", "events", "lib"},
    "store": {
        *("reconciliation", "accounts", "orders", "events", "lib"),
        *("alerts.subscriptions", "alerts.incidents", "alerts.schedule", "alerts.silences", "alerts.delivery", "panel.exchange"),
    },
    "config": {"panel.dialects", "alerts.subscriptions", "alerts.quiet_hours", "orders.tags", "events", "lib"},
    "panel": {"orders", "lib"},
    "reconciliation": {"orders", "events", "lib"},
    "accounts": {"orders", "events", "lib"},
    "orders": {"events", "lib"},
    "alerts": {"events", "lib"},
    "practice": {"lib"},
    "events": set(),
    "lib": set(),
}  # fmt: skip
"""Each room, and what of tracker it may import: a room, or single modules of one. `__main__` starts `cli`."""

PURE = {
    "events",
    "orders",
    "accounts",
    "reconciliation",
    "alerts",
    "panel.dialects",
    "panel.exchange",
    "chat.updates",
    "chat.buttons",
}
"""Rooms of values and decisions: the standard library without its clocks, sockets, files and chance."""

NOT_PURE = {"alerts.channels", "alerts.templates"}
"""Parts of a pure room that do what the rest decides."""

IMPURE = {"time", "socket", "os", "pathlib", "random", "threading", "subprocess", "sqlite3", "http", "logging", "shutil", "tempfile", "io"}  # fmt: skip

HOMES = {
    "apscheduler": {"daemon.scheduler", "lib.recurrence"},
    "httpx": {"lib.http_endpoint"},
    "httpcore": {"lib.http", "lib.http_answer", "lib.http_deadline", "lib.http_faults"},
    "h11": {"lib.http_answer", "lib.http_endpoint"},
    "peewee": {"store"},
    "playhouse": {"store"},
    "sqlite3": {"store"},
    "psycopg": {"store"},
    "apprise": {"alerts.channels"},
    "requests": {"alerts.channels"},
    "yaml": {"config"},
    "msgspec": {"config", "lib.raw_json"},
    "waitress": {"web"},
    "werkzeug": {"web"},
    "jinja2": {"web"},
    "itsdangerous": {"web"},
    "prometheus_client": {"web"},
    "rich": {"cli"},
    "click": {"cli"},
    "openpyxl": {"cli.files.workbook"},
}
"""Each outside library, and the only places that know it."""

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if ("migrations" not in path.parts and path.parent != ROOT) or path.name == "events.py"
}
"""Every module of every room, by its name below `tracker`."""


def is_in(module: str, places: set[str]) -> bool:
    """Tell whether a module is one of these places, or inside one of them."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def room_of(module: str) -> str:
    """The room that a module is in."""
    return module.partition(".")[0]


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(FILES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return frozenset(found)


def imported_modules(module: str) -> set[str]:
    """The modules of tracker that a file imports, by their names below `tracker`."""
    found = {name.removeprefix("tracker.") for name in imports(module) if name.startswith("tracker.")}
    modules = {name for name in found if name in FILES}
    # `from tracker.store import orders` names the package too, which is nothing that it uses.
    return {name for name in modules if not any(other.startswith(f"{name}.") for other in modules)}


@pytest.mark.parametrize("module", FILES)
def test_a_room_imports_only_what_the_table_allows(module: str) -> None:
    here = room_of(module)
    for other in imported_modules(module):
        assert room_of(other) == here or is_in(other, MAY_IMPORT[here]), f"{here} must not know {other}"


def test_the_table_only_goes_downward() -> None:
    rooms = list(MAY_IMPORT)
    for number, room in enumerate(rooms):
        assert {room_of(other) for other in MAY_IMPORT[room]} <= set(rooms[number + 1 :]), room


def test_the_root_holds_the_rooms_of_the_table_and_nothing_else() -> None:
    found = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert found == {"__init__", "__main__", *MAY_IMPORT}


@pytest.mark.parametrize("module", FILES)
def test_each_outside_library_has_one_home(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        assert is_in(module, HOMES.get(library, {module})), f"{library} is at home in {HOMES[library]}"


@pytest.mark.parametrize("module", [one for one in FILES if is_in(one, PURE) and not is_in(one, NOT_PURE)])
def test_pure_rooms_know_no_clock_socket_file_or_outside_library(module: str) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        assert library not in IMPURE, f"{module} is pure and must not know {library}"
        assert library == "tracker" or library in sys.stdlib_module_names, f"{module} is pure: {library}"


def test_the_first_file_of_a_room_is_its_charter_and_imports_nothing() -> None:
    for module, path in FILES.items():
        if path.name == "__init__.py":
            tree = ast.parse(path.read_text())
            assert ast.get_docstring(tree), module
            assert len(tree.body) == 1, module


def test_no_two_modules_import_each_other() -> None:
    graph = {name: imported_modules(name) - {name} for name in FILES}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        if name not in done:
            for other in graph[name]:
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())
