"""Commands that only show start fast: they import nothing that writes, calls a panel or sends alerts."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite  # its commands are run on a file, whatever the other tests use

KEY = "a-key-of-the-panel"

SLOW = (
    "structlog",
    "psycopg",
    "httpcore",
    "apscheduler",
    "apprise",
    "rich",
    "tracker.daemon.supervisor",
    "tracker.daemon.worker",
    "tracker.store.changes",
    "tracker.panel.client",
    "tracker.panel.dialects.read_add",
)
"""Modules that are slow to import, or that import many which are."""

IMPORTED = f"""
import sys
from tracker.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*(name for name in sys.modules if name in {SLOW!r} or "cli.commands." in name), file=sys.stderr)
"""


def run(folder: Path, *arguments: str, code: str = "from tracker.cli.main import main; main()") -> str:
    """Run a command on SQLite; return what it wrote to stderr."""
    config = folder / "config.yaml"
    config.write_text(
        f"database: sqlite:///{folder}/tracker.db\npanels: {{p: {{url: https://x.example, key: {KEY}}}}}\n"
    )
    config.chmod(0o600)
    command = [sys.executable, "-c", code, "--config", str(config), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stderr


def imported(folder: Path, *arguments: str) -> set[str]:
    """The slow modules that a command imports, and the modules of commands."""
    return set(run(folder, *arguments, code=IMPORTED).splitlines()[-1].split())


def slow(modules: set[str]) -> set[str]:
    return modules & {*SLOW}


@pytest.mark.parametrize(
    "command", ["status", "list", "show 1", "alerts list", "schema", "--help", "alerts --help"]
)
def test_a_command_that_only_shows_imports_nothing_slow(tmp_path: Path, command: str) -> None:
    run(tmp_path, "status")  # creates the tables, which imports more than reading them

    assert slow(imported(tmp_path, *command.split())) == set()


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [("--help", set()), ("--version", set()), ("alerts --help", {"tracker.cli.commands.alerts"})],
)
def test_listing_commands_imports_none_of_them(tmp_path: Path, arguments: str, commands: set[str]) -> None:
    assert imported(tmp_path, *arguments.split()) == commands


@pytest.mark.parametrize(
    "command", ["add 4 https://x.example/1 100", "resume", "backup copy.db", "alerts retry"]
)
def test_a_command_that_writes_does_without_rich(tmp_path: Path, command: str) -> None:
    found = imported(tmp_path, *command.split())

    assert "structlog" in found
    assert "rich" not in found


def test_a_command_that_writes_is_ready_to_log(tmp_path: Path) -> None:
    assert "structlog" in imported(tmp_path, "resume")


@pytest.mark.parametrize("command", ["show id:1", "add 4 https://x.example/1 100 --ref r"])
def test_a_bug_is_one_sentence_and_its_traceback_is_logged_on_demand_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    run(tmp_path, "add", "4", "https://x.example/1", "100", "--ref", "r")
    with sqlite3.connect(tmp_path / "tracker.db") as db:
        db.execute("UPDATE orders SET state = ?", (KEY,))
    db.close()

    told = run(tmp_path, *command.split())
    monkeypatch.setenv("TRACKER_TRACEBACK", "1")
    log = run(tmp_path, *command.split())

    assert told.startswith("Error: tracker has met a fault of its own (KeyError in ")
    assert "Traceback" not in told
    assert KEY not in told
    assert "process.crashed" in log
    assert "KeyError" in log
    assert KEY not in log
