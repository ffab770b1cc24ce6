"""Commands that only show what is there start fast: they import none of what writes, asks or tells."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

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
    "tracker.panel.dialects.read_add",
)
"""What takes long to import, or stands for much that does."""

IMPORTED = f"""
import sys
from tracker.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*({{*sys.modules}} & {{*{SLOW!r}}}), file=sys.stderr)
"""


def run(folder: Path, *arguments: str, code: str = "from tracker.cli.main import main; main()") -> str:
    """Run a command on SQLite; return what it wrote to stderr."""
    config = folder / "config.yaml"
    config.write_text(
        f"database: sqlite:///{folder}/tracker.db\npanels: {{p: {{url: https://x.example, key: {KEY}}}}}\n"
    )
    config.chmod(0o600)
    command = [sys.executable, "-c", code, "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def imported(folder: Path, *arguments: str) -> set[str]:
    """The slow modules that a command imports."""
    return set(run(folder, *arguments, code=IMPORTED).splitlines()[-1].split())


@pytest.mark.parametrize("command", ["status", "list", "show 1", "alerts list", "schema", "--help"])
def test_a_command_that_only_shows_imports_nothing_slow(tmp_path: Path, command: str) -> None:
    run(tmp_path, "status")  # makes the tables, which takes more than looking at them

    assert imported(tmp_path, *command.split()) == set()


def test_a_command_that_writes_is_ready_to_log(tmp_path: Path) -> None:
    assert "structlog" in imported(tmp_path, "resume")


@pytest.mark.parametrize("command", ["show id:1", "add 4 https://x.example/1 100 --ref r"])
def test_a_crash_of_a_command_is_logged_without_secrets(tmp_path: Path, command: str) -> None:
    run(tmp_path, "add", "4", "https://x.example/1", "100", "--ref", "r")
    with sqlite3.connect(tmp_path / "tracker.db") as db:
        db.execute("UPDATE orders SET state = ?", (KEY,))
    db.close()

    told = run(tmp_path, *command.split())

    assert "process.crashed" in told
    assert "KeyError" in told
    assert KEY not in told
