"""The live screen on a real terminal: keys, sizes, and a terminal that is left as it was."""

from __future__ import annotations

import json
import os
import pty
import select
import shlex
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import terminals
from tests.support.project import Project
from tests.support.stepped_project import opened
from tracker.lib.clock import now
from tracker.orders.order import Draft
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import queue

PATIENCE_S = 30.0


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        with opened(project.folder) as db:
            queue.enqueue(db, [queue.Entry(Draft("p", "2", "https://x.example/1", 10, ref="کمپین"))], now())
        yield project


class Watched:
    """A `watch` on a terminal."""

    def __init__(self, project: Project, columns: int = 80, rows: int = 24) -> None:
        self.window, self.terminal = pty.openpty()
        self.before = termios.tcgetattr(self.terminal)
        terminals.set_size(self.terminal, columns, rows)
        self.process = subprocess.Popen(
            project.command("watch"), stdin=self.terminal, stdout=self.terminal, stderr=self.terminal,
            env=terminals.environment(),
        )  # fmt: skip
        self.written = ""

    def until(self, text: str) -> str:
        """Read until a text is shown; return the newest frame."""
        end = time.monotonic() + PATIENCE_S
        while text not in self.frame():
            assert time.monotonic() < end, (text, self.frame())
            if select.select([self.window], [], [], 0.1)[0]:
                self.written += os.read(self.window, 65536).decode(errors="ignore")
        return self.frame()

    def frame(self) -> str:
        return terminals.plain(self.written.rpartition("\x1b[H")[2])

    def press(self, key: str) -> None:
        os.write(self.window, key.encode())

    def end(self) -> int:
        """Wait for the end; everything is as it was before."""
        while select.select([self.window], [], [], 0.1)[0] or self.process.poll() is None:
            self.written += os.read(self.window, 65536).decode(errors="ignore")
        code: int = self.process.wait(PATIENCE_S)
        assert "\x1b[?25h\x1b[?1049l" in self.written[-400:]
        assert termios.tcgetattr(self.terminal) == self.before
        return code


@contextmanager
def watching(project: Project, columns: int = 80, rows: int = 24) -> Iterator[Watched]:
    watched = Watched(project, columns, rows)
    try:
        yield watched
    finally:
        watched.process.kill()
        watched.process.wait()
        os.close(watched.window)
        os.close(watched.terminal)


def test_keys_pause_and_resume_and_a_new_size_is_drawn_at_once(project: Project) -> None:
    with watching(project) as watched:
        frame = watched.until("1 queued")
        assert len(frame.splitlines()) == 24
        watched.press("p")
        watched.until("Paused: nothing new is sent to p")
        assert project.json("status")[0]["panels"][0]["paused"] is True
        terminals.set_size(watched.terminal, 140, 40)
        watched.press("r")
        watched.until("Orders are sent to p again")
        assert len(watched.frame().splitlines()) == 40
        assert project.json("status")[0]["panels"][0]["paused"] is False
        watched.press("q")
        assert watched.end() == 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_signal_leaves_the_terminal_as_it_was(project: Project, sent: signal.Signals, code: int) -> None:
    with watching(project) as watched:
        watched.until("1 queued")
        watched.process.send_signal(sent)
        assert watched.end() == code


def test_without_a_terminal_it_is_printed_once(project: Project) -> None:
    done = project.run("watch")

    assert "1 queued" in done.stdout
    assert "\x1b" not in done.stdout
    assert "printed once" in done.stderr


def test_in_the_background_of_a_terminal_it_is_printed_once(project: Project) -> None:
    line = f"timeout 20 {shlex.join(project.command('watch'))}; true"  # timeout makes a background of its own
    shown = terminals.shown(["setsid", "--ctty", "--wait", "bash", "-c", line])

    assert "printed once" in shown
    assert "1 queued" in shown
    assert "Traceback" not in shown


def test_for_programs_it_prints_what_status_prints_line_after_line(project: Project) -> None:
    command = project.command("watch", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.stdout.read()

    assert line["panels"][0]["orders"]["queued"] == 1
    assert line.keys() == project.json("status")[0].keys()
