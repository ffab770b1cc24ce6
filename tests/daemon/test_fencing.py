"""A daemon that is stopped in the middle of an `add`, and wakes up when another one has taken over.

The suite tries some points of an `add`; `python -m tests.daemon.test_fencing` tries all.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import databases
from tests.support.databases import Server
from tests.support.halts import CHECKED, CLAIMED, DatabaseRelay, Halt, TlsRelay, state_of
from tests.support.project import Project, eventually
from tests.support.samples import a_draft, an_intent, claim_for_add, enqueued
from tests.support.servers import CERTIFICATE
from tests.support.worker_stage import Stage
from tracker.orders.order import State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

LONG, SHORT = "60s", "1s"
"""Time limits of an add: one that no test reaches, and one that a stop outlasts."""

SENT_AGAIN = [("queued", "submitting"), ("submitting", "active")]
RELEASED = [("submitting", "unknown"), ("unknown", "queued"), *SENT_AGAIN]
DROPPED = [("submitting", "queued"), *SENT_AGAIN]

ALL = bool(os.environ.get("ALL_POINTS"))
POINTS = ["claimed", "handshake", "checked"] if ALL else ["handshake"]


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0.001)) as panel:
        yield panel


class Pair:
    """Two daemons on one PostgreSQL database, of which the first is stopped at a point of its `add`."""

    def __init__(self, folder: Path, panel: PracticePanel, server: Server, add_timeout: str) -> None:
        self.panel, self.server = panel, server
        self.project = Project(folder, panel, add_timeout=add_timeout)
        (folder / "first").mkdir()
        self.first = Project(folder / "first", panel, add_timeout=add_timeout)
        self.halt = Halt()
        for project in (self.project, self.first):
            replace_in(project, databases.url(project.folder), server.url(folder))

    def relays(self, stack: ExitStack, point: str) -> DatabaseRelay:
        """Let the first daemon reach the database and the panel through relays that stop it at a point."""
        reached: Callable[[], None] = self.halt.here
        if point == "handshake":
            port = urlsplit(self.panel.url).port or 0
            front = stack.enter_context(TlsRelay(port, self.halt))
            replace_in(self.first, self.panel.url, front.url)
            reached = front.armed.set
        messages = CHECKED if point == "checked" else CLAIMED
        relay = stack.enter_context(DatabaseRelay(self.server.folder, messages, reached))
        replace_in(self.first, str(self.server.folder), str(relay.folder))
        return relay

    def reach_the_halt(self, stack: ExitStack) -> None:
        """Start the first daemon, queue one order, and wait until the daemon is stopped."""
        process = stack.enter_context(self.first.daemon(code=None))
        stack.callback(process.kill)  # a stopped process does not end by SIGTERM
        eventually(lambda: self.project.json("status")[0]["panels"][0]["balance"])
        self.halt.aim(process.pid)
        self.project.run("add", "2", "https://x.example/1", "100", "--ref", "one")
        assert self.halt.happened.wait(30)

    def wake_up(self) -> None:
        """Let the first daemon continue, and wait until it has done something about its order."""
        self.halt.end()
        eventually(lambda: "add.not_sent" in self.first.log() or self.panel.requests.count("add") > 1)


def replace_in(project: Project, old: str, new: str) -> None:
    text = project.config.read_text()
    assert old in text
    project.config.write_text(text.replace(old, new))


def history(project: Project) -> list[tuple[str, str]]:
    return [(one["from"], one["to"]) for one in project.json("show", "one")[0]["history"]]


@pytest.mark.postgresql
@pytest.mark.parametrize("point", POINTS)
def test_an_add_is_not_sent_any_more_once_another_daemon_has_placed_the_order(
    tmp_path: Path, server: Server, panel: PracticePanel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    pair = Pair(tmp_path, panel, server, LONG)
    with ExitStack() as stack:
        relay = pair.relays(stack, point)
        pair.reach_the_halt(stack)
        relay.cut()
        if point == "checked":
            time.sleep(5)  # the server's answer has come: only the age of the intent tells
        with pair.project.daemon():
            eventually(lambda: pair.project.states()["one"] == "unknown")
            pair.project.run("resolve", "one", "--release", "--yes")
            eventually(lambda: pair.project.states()["one"] == "active")
            pair.wake_up()

            assert panel.requests.count("add") == len(panel.state.ledger) == 1
            assert history(pair.project)[-4:] == RELEASED


@pytest.mark.postgresql
@pytest.mark.skipif(not ALL, reason="one of all points: python -m tests.daemon.test_fencing")
def test_an_order_that_was_called_unknown_is_queued_again_when_its_daemon_proves_that_it_sent_nothing(
    tmp_path: Path, server: Server, panel: PracticePanel
) -> None:
    pair = Pair(tmp_path, panel, server, LONG)
    with ExitStack() as stack:
        relay = pair.relays(stack, "claimed")
        pair.reach_the_halt(stack)
        relay.cut(silently=True)
        with pair.project.daemon():
            eventually(lambda: pair.project.states()["one"] == "unknown")
            pair.wake_up()
            eventually(lambda: pair.project.states()["one"] == "active")

    assert panel.requests.count("add") == len(panel.state.ledger) == 1
    assert history(pair.project)[-4:] == RELEASED
    proof = pair.project.json("show", "one")[0]["history"][-3]
    assert proof["evidence"]["sent"] is False


@contextmanager
def stopped_after_the_claim(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon that stopped itself when the intent to send an order was recorded."""
    mark = project.folder / "stop-here"
    mark.touch()
    launcher = [sys.executable, "-m", "tests.support.halting", str(mark), "--"]
    with (project.folder / "daemon.log").open("a") as log:
        process = subprocess.Popen([*launcher, *project.command("run")[3:]], stderr=log)
    try:
        eventually(lambda: not mark.exists() and state_of(process.pid) == "T")
        yield process
    finally:
        process.kill()
        process.wait()


def test_an_add_is_not_sent_by_a_process_that_stood_still_for_longer_than_its_time_limit(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel, add_timeout=SHORT)
    project.run("add", "2", "https://x.example/1", "100", "--ref", "one")
    with stopped_after_the_claim(project) as process:
        time.sleep(1.1)
        process.send_signal(signal.SIGCONT)
        eventually(lambda: project.states()["one"] == "active")

    assert "stood still" in project.log()
    assert panel.requests.count("add") == len(panel.state.ledger) == 1
    assert history(project)[-3:] == DROPPED


def test_an_intent_that_was_recorded_although_the_database_did_not_say_so_is_known_not_to_be_sent(
    tmp_path: Path, panel: PracticePanel
) -> None:
    stage = Stage(tmp_path, panel)
    (order,) = enqueued(stage.db, a_draft(service="2"))
    intent = an_intent(newest_id=None)
    assert claim_for_add(stage.db, order, intent, "Tomans") is not None
    other = stage.fresh_worker()
    other.submit.run()
    assert stage.order().state is State.UNKNOWN  # as another daemon must call it

    stage.worker.submit._settle.never_sent(order, intent)
    stage.worker.submit.run()

    assert stage.order().state is State.ACTIVE
    assert len(panel.state.ledger) == 1
    stage.client.close()


if __name__ == "__main__":
    every = {**os.environ, "ALL_POINTS": "1"}
    sys.exit(
        subprocess.run(
            [sys.executable, "-m", "pytest", __file__, "--database", "postgresql", *sys.argv[1:]], env=every
        ).returncode
    )
