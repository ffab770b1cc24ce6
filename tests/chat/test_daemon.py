"""The real daemon with a chat: it loses an answer, is told by a press what to do, is killed, reloaded and stopped."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.support.project import Project, eventually
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.telegram import TOKEN, BotServer
from tracker.chat.listener import WAIT_S
from tracker.lib.clock import now
from tracker.practice.panel import PracticePanel
from tracker.store import order_history


def test_a_lost_order_is_released_from_the_phone_and_a_stop_is_quick(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    with PracticePanel() as panel, BotServer() as server:
        project = Project(tmp_path, panel, alerts=server.target(), add_timeout="1s")
        project.config.chmod(0o600)
        panel.fault("add", "close-before")
        [order] = enqueued(db, a_draft(service="1", ref="r-1"), now=now())
        with project.daemon() as process:
            message = server.shows("r-1")
            process.send_signal(
                signal.SIGHUP
            )  # the call that waits goes on: two of them would be in conflict
            eventually(lambda: "config.reloaded" in project.log())
            for label in ("Release", "queue it again"):
                server.press(message, server.button(message, label))
                server.settled()
            eventually(lambda: project.states()["r-1"] in ("active", "completed"))
            began = time.monotonic()
        assert time.monotonic() - began < WAIT_S

    said = [one.why for one in order_history.changes_of(db, order)]
    assert "released by the operator in Telegram, Ali Rezaei (501): the panel did not take it" in said
    assert server.calls.count("getUpdates") < 15
    assert TOKEN.partition(":")[2] not in project.log()
    assert "chat.failed" not in project.log()
