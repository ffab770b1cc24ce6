"""`practice --write`: everything for a first run, on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import forks
from tests.support.project import eventually
from tracker.config.loader import parse

pytestmark = pytest.mark.sqlite  # nothing here depends on which database it is


def tracker(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return forks.run([sys.executable, "-m", "tracker", *arguments], folder=folder, environment=environ)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@contextmanager
def practising(folder: Path, port: str, *more: str) -> Iterator[Path]:
    """Run the practice panel with its files in a folder; yields its log."""
    command = [sys.executable, "-m", "tracker", "practice", "--write", "config.yaml", "--port", port, *more]
    log = folder / "practice.log"
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, start_new_session=True) as panel,
    ):
        eventually(lambda: "answers at" in log.read_text())
        yield log
        panel.send_signal(signal.SIGINT)
        assert panel.wait(60) == 0


def test_the_written_files_are_a_whole_first_run_with_its_alerts(tmp_path: Path) -> None:
    port = free_port()
    with practising(tmp_path, port) as log:
        checked = tracker(tmp_path, "check")
        imported = tracker(tmp_path, "import", "orders.csv")
        tested = tracker(tmp_path, "alerts", "test")

        with (tmp_path / "config.yaml").open("a") as config:
            config.write("templates: fa\n")
        tracker(tmp_path, "alerts", "templates", "--to", "fa", "--language", "fa")
        persian = tracker(tmp_path, "alerts", "died")

        assert (checked.returncode, checked.stderr) == (0, "")
        assert persian.returncode == 0, persian
        assert "2068" not in log.read_text()
        assert imported.stdout == "4 orders queued, 0 were already in the queue.\n"
        assert tested.returncode == 0, tested
        assert "ALERT  Test message of tracker" in log.read_text()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "config.yaml", tmp_path / "orders.csv")} == {
        0o600
    }

    again = tracker(tmp_path, "practice", "--write", "config.yaml", "--port", port)
    assert again.returncode == 2
    assert "holds the orders of an earlier practice panel" in again.stderr


def test_a_key_that_yaml_would_read_otherwise_is_written_so_that_it_is_meant(tmp_path: Path) -> None:
    key = '"#a: ${b}'
    with practising(tmp_path, free_port(), "--key", key):
        assert (
            parse((tmp_path / "config.yaml").read_text(), tmp_path, {}).panels["practice"].key.reveal() == key
        )


def test_the_same_files_again_are_kept_and_others_are_not_overwritten(tmp_path: Path) -> None:
    port = free_port()
    with practising(tmp_path, port):
        pass
    with practising(tmp_path, port) as log:
        assert "Wrote" not in log.read_text()
    (tmp_path / "config.yaml").write_text("panels: {}\n")

    refused = tracker(tmp_path, "practice", "--write", "config.yaml", "--port", port)

    assert refused.returncode == 2
    assert "config.yaml already exists" in refused.stderr
    assert (tmp_path / "config.yaml").read_text() == "panels: {}\n"
