"""An outside monitor gets a heartbeat while all is well, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Inbox, Project, eventually
from tests.support.servers import Conversation, ScriptedServer
from tracker.daemon import heartbeat
from tracker.daemon.heartbeat import EVERY, Heartbeat
from tracker.lib.http import Limits
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


def test_heartbeats_are_sent_only_while_the_daemon_is_alive(capsys: pytest.CaptureFixture[str]) -> None:
    alive = [True]

    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(b"OK")

    with ScriptedServer(script) as server:
        sender = Heartbeat(f"http://127.0.0.1:{server.port}/ping/0a1b-secret?msg=OK", lambda: alive[0])
        assert sender.beat() == EVERY
        assert bytes(server.conversations[0].received).startswith(
            b"GET /ping/0a1b-secret?msg=OK HTTP/1.1\r\n"
        )
        alive[0] = False
        assert sender.beat() < EVERY
        assert len(server.conversations) == 1
    alive[0] = True
    assert sender.beat() == EVERY
    assert sender.beat() == EVERY
    output = capsys.readouterr().out
    assert output.count("heartbeat.failed") == 1
    assert "0a1b-secret" not in output


def test_a_monitor_that_hangs_delays_the_heartbeat_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LIMITS", Limits(seconds=0.2, bytes=100))
    with ScriptedServer(lambda talk: talk.hang()) as server:
        assert Heartbeat(f"http://127.0.0.1:{server.port}/", lambda: True).beat() == EVERY


def test_the_daemon_sends_heartbeats_and_its_unit_can_report_its_death(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel, Inbox() as inbox:
        requests: list[bytes] = []

        def script(talk: Conversation) -> None:
            requests.append(talk.request())
            talk.answer(b"OK")

        with ScriptedServer(script) as server:
            more = f"heartbeat: http://127.0.0.1:{server.port}/uuid\n"
            project = Project(tmp_path, panel, alerts=inbox.target(), more=more)
            with project.daemon():
                eventually(lambda: requests)
            assert requests[0].startswith(b"GET /uuid ")
        project.run("alerts", "died", "--why", "systemd says: watchdog")
        assert "Tracker died on" in inbox.bodies[-1]
        assert "Why: it hung, and was ended" in inbox.bodies[-1]
