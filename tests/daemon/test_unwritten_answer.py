"""The disk refuses the answer to an `add` that was accepted, and the daemon is stopped: the operator learns the id."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

pytestmark = pytest.mark.sqlite


def state_in(folder: Path) -> str:
    file = sqlite3.connect(folder / "tracker.db")
    found = file.execute("SELECT state FROM orders").fetchone()
    file.close()
    return str(found[0])


def test_an_accepted_order_that_cannot_be_written_is_named_and_can_be_adopted(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        with (tmp_path / "out").open("w") as out:
            daemon = subprocess.Popen(project.command("run"), stderr=subprocess.PIPE, stdout=out, text=True)
        try:
            eventually(lambda: panel.requests.count("services"))
            panel.latency = 0.5
            project.run("add", "2", "https://x.example/a", "100", "--ref", "paid")
            eventually(lambda: panel.requests.count("add"))
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, 0))  # as a disk that takes nothing more
            eventually(lambda: panel.state.ledger)
            panel.latency = 0.0
            os.kill(daemon.pid, signal.SIGTERM)
            _, told = daemon.communicate(timeout=30)
        finally:
            daemon.kill()
            daemon.wait()

        number = panel.state.ledger[0].order_id
        plain = [line for line in told.splitlines() if line.startswith("panel p took order 1 (paid) as")]
        assert plain, told
        assert f"tracker resolve 1 --adopt {number}" in plain[0]
        failed = next(json.loads(line) for line in told.splitlines() if "answer.write_failed" in line)
        assert (failed["order"], failed["panel_order_id"]) == (1, str(number))
        with project.daemon():
            eventually(lambda: state_in(tmp_path) == "unknown")
            project.run("resolve", "1", "--adopt", str(number))
        assert state_in(tmp_path) == "active"
        assert len(panel.state.ledger) == 1


def test_a_reload_waits_for_an_answer_that_cannot_be_written(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        with project.daemon() as daemon:
            eventually(lambda: panel.requests.count("services"))
            panel.latency = 0.5
            project.run("add", "2", "https://x.example/a", "100")
            eventually(lambda: panel.requests.count("add"))
            _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
            eventually(lambda: panel.state.ledger)
            daemon.send_signal(signal.SIGHUP)
            time.sleep(1.5)
            resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
            eventually(lambda: state_in(tmp_path) == "active")

    assert len(panel.state.ledger) == 1
