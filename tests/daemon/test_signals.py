"""No signal cuts an add in flight: the real daemon, real signals, real terminals."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tests.support.stepped_project import opened
from tracker.daemon.signals import Wish, wish_of
from tracker.lib.clock import now
from tracker.lib.processes import identity, is_gone
from tracker.lib.times import HOUR
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

LATENCY = 0.6
"""Seconds that the panel thinks about an add, in which the signals come."""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel, add_timeout="30s")


def start(project: Project, *before: str, log: int | None = None) -> subprocess.Popen[bytes]:
    """Queue an order and start the daemon in a session of its own, with its log in a file."""
    project.run("add", "2", "https://x.example/a", "50")
    command = [*before, *project.command("run")]
    with (project.folder / "daemon.log").open("a") as file:
        output = file if log is None else log
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def wait_for_add(project: Project) -> None:
    """Wait until the add is on its way, and the panel still thinks about it."""
    project.panel.latency = LATENCY
    eventually(lambda: project.panel.requests.count("add"))


def end(daemon: subprocess.Popen[bytes]) -> int:
    try:
        return daemon.wait(timeout=30)
    finally:
        daemon.kill()


def is_recorded(project: Project) -> bool:
    """Whether the answer to the one add was taken in."""
    return project.states() == {"1": "active"} and len(project.panel.state.ledger) == 1


@pytest.mark.parametrize("name", ["SIGQUIT", "SIGINT"])
def test_a_signal_during_an_add_waits_for_the_answer_and_so_do_all_that_follow(
    project: Project, name: str
) -> None:
    daemon = start(project)
    wait_for_add(project)
    for number in (signal.Signals[name], signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        daemon.send_signal(number)
        time.sleep(0.05)

    assert end(daemon) == 0
    assert is_recorded(project)
    assert f'"signal": "{name}"' in project.log()


def test_a_daemon_without_a_terminal_reloads_after_sighup_and_ignores_the_users_signals(
    project: Project,
) -> None:
    daemon = start(project)
    wait_for_add(project)
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        daemon.send_signal(number)
    eventually(lambda: project.log().count("signal.ignored") == 2)
    eventually(lambda: "config.reloaded" in project.log())
    eventually(lambda: is_recorded(project))

    assert daemon.poll() is None
    daemon.terminate()
    assert end(daemon) == 0


def test_status_sees_at_once_that_the_process_is_gone(project: Project) -> None:
    daemon = start(project)
    eventually(lambda: project.json("status")[0]["daemons"])
    daemon.kill()
    killed = end(daemon)

    assert killed == -signal.SIGKILL
    shown = project.run("status", code=2).stdout
    assert "CRITICAL: the daemon has died; its last heartbeat was " in shown
    assert "daemon: not running" in shown
    assert project.json("status")[0]["daemons"] == []


def test_status_says_that_a_daemon_stands_still_and_does_not_call_it_dead(project: Project) -> None:
    daemon = start(project)
    eventually(lambda: project.json("status")[0]["daemons"])
    with opened(project.folder) as db, db.transaction():
        db.many("UPDATE daemons SET beat_at = ?", [(now() - 3 * HOUR,)])
    daemon.send_signal(signal.SIGSTOP)
    shown = project.run("status", code=2).stdout
    daemon.send_signal(signal.SIGCONT)

    assert f"daemon: standing still (process {daemon.pid}), last heartbeat 3 h ago" in shown
    assert "it was paused, or another program keeps the database locked" in shown
    daemon.terminate()
    assert end(daemon) == 0


def test_a_process_is_not_taken_for_another_that_has_its_id() -> None:
    own = identity(os.getpid())
    assert own is not None
    place, _, start_time = own.rpartition("/")

    assert not is_gone(os.getpid(), own)
    assert is_gone(os.getpid(), f"{place}/{int(start_time) - 1}")
    assert not is_gone(os.getpid(), f"elsewhere/{start_time}")
    assert not is_gone(os.getpid(), None)
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        known = identity(sleeper.pid)
        sleeper.kill()
        os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(sleeper.pid, known)  # nobody has waited for it yet
    assert is_gone(sleeper.pid, known)


def in_a_window(project: Project, *before: str) -> tuple[int, int]:
    """Start the daemon in a terminal of its own; return its process and the terminal's other end."""
    project.run("add", "2", "https://x.example/a", "50")
    pid, window = pty.fork()
    if pid == 0:
        os.chdir(project.folder)  # nohup leaves a file
        command = [*before, *project.command("run")]
        os.execvp(command[0], command)
    return pid, window


def end_of(pid: int) -> int:
    """Wait for a process of `in_a_window`; return its exit code, or minus the signal that killed it."""
    eventually(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_closing_the_window_during_an_add_stops_the_daemon_after_the_answer(project: Project) -> None:
    pid, window = in_a_window(project)
    wait_for_add(project)
    os.close(window)

    assert end_of(pid) == 0
    assert is_recorded(project)


def test_closing_the_window_changes_nothing_under_nohup(project: Project) -> None:
    pid, window = in_a_window(project, "nohup")
    wait_for_add(project)
    os.close(window)
    try:
        eventually(lambda: is_recorded(project))
        time.sleep(0.3)
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    finally:
        os.kill(pid, signal.SIGTERM)

    assert end_of(pid) == 0


@pytest.mark.parametrize("streams", ["0<&- 1>&- 2>&-", "> /dev/full 2>&1"])
def test_a_daemon_whose_output_goes_nowhere_works_on(project: Project, streams: str) -> None:
    daemon = start(project, "sh", "-c", f'exec "$@" {streams}', "sh")
    try:
        eventually(lambda: is_recorded(project))
    finally:
        daemon.terminate()

    assert end(daemon) == 0


def test_a_daemon_whose_reader_has_left_works_on(project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    daemon = start(project, log=writer)
    os.close(writer)
    try:
        eventually(lambda: is_recorded(project))
    finally:
        daemon.terminate()

    assert end(daemon) == 0


@pytest.mark.parametrize(
    ("number", "has_terminal", "wish"),
    [
        (signal.SIGHUP, True, Wish.STOP),
        (signal.SIGHUP, False, Wish.RELOAD),
        (signal.SIGQUIT, False, Wish.STOP),
        (signal.SIGUSR1, True, Wish.NOTHING),
    ],
)
def test_what_a_signal_asks_for(number: int, has_terminal: bool, wish: Wish) -> None:
    assert wish_of(number, has_terminal) is wish
