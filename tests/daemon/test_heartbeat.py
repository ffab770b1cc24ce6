"""The outside watchman hears while all goes well, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Inbox, Project, eventually
from tests.support.servers import Conversation, ScriptedServer
from tracker.daemon import heartbeat
from tracker.daemon.heartbeat import EVERY, Heartbeat
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


def test_life_is_shown_only_while_there_is_some(capsys: pytest.CaptureFixture[str]) -> None:
    alive = [True]

    def script(talk: Conversation) -> None:
        talk.request()
        talk.answer(b"OK")

    with ScriptedServer(script) as server:
        beat = Heartbeat(f"http://127.0.0.1:{server.port}/ping/0a1b-secret?msg=OK", lambda: alive[0])
        assert beat.beat() == EVERY
        assert bytes(server.conversations[0].heard).startswith(b"GET /ping/0a1b-secret?msg=OK HTTP/1.1\r\n")
        alive[0] = False
        assert beat.beat() < EVERY
        assert len(server.conversations) == 1
    alive[0] = True
    assert beat.beat() == EVERY
    assert beat.beat() == EVERY
    said = capsys.readouterr().out
    assert said.count("heartbeat.failed") == 1
    assert "0a1b-secret" not in said


def test_a_watchman_that_hangs_holds_up_only_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LIMIT", 0.2)
    with ScriptedServer(lambda talk: talk.hang()) as server:
        assert Heartbeat(f"http://127.0.0.1:{server.port}/", lambda: True).beat() == EVERY


def test_the_daemon_shows_life_and_the_unit_can_tell_its_death(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel, Inbox() as inbox:
        seen: list[bytes] = []

        def script(talk: Conversation) -> None:
            seen.append(talk.request())
            talk.answer(b"OK")

        with ScriptedServer(script) as server:
            more = f"heartbeat: http://127.0.0.1:{server.port}/uuid\n"
            house = Project(tmp_path, panel, alerts=inbox.target(), more=more)
            with house.daemon():
                eventually(lambda: seen)
            assert seen[0].startswith(b"GET /uuid ")
        house.run("alerts", "died", "--why", "systemd says: watchdog")
        assert "Tracker died on" in inbox.bodies[-1]
        assert "systemd says: watchdog" in inbox.bodies[-1]
