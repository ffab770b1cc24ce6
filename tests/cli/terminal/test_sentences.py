"""What `run` tells on a terminal: sentences, in lines that fit."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support import terminals
from tests.support.project import Project
from tracker.cli.terminal.cells import cells
from tracker.cli.terminal.sentences import line, sentence
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

MOVED = {"event": "order.state_changed", "order": 7, "ref": "july", "panel": "p", "panel_order_id": "5001"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({**MOVED, "was": "queued", "state": "submitting", "why": "x"}, ""),
        ({**MOVED, "was": "submitting", "state": "active", "why": "x"}, "Order 7 (july) is placed: p calls it 5001."),
        ({**MOVED, "was": "active", "state": "completed", "why": "the panel says Done"}, "Order 7 (july) is completed: the panel says Done."),
        ({"event": "alert.sent", "target": "ops", "notices": 1}, "1 alert sent to ops."),
        ({"event": "alert.sent", "target": "ops", "notices": 12}, "12 alerts sent to ops."),
        ({"event": "daemon.waiting", "left": {"queued": 2, "active": 1200, "alerts": 1}}, "Still to do: 2 queued, 1,200 active, 1 alert to send."),
        ({"event": "daemon.waiting", "left": {"requests": 1}}, "Still to do: what was asked of the panel."),
        ({"event": "new.event_of_later", "panel": "p", "pass_": "x"}, "new: event of later (panel p; pass x)"),
        ({"event": "alert.sent", "other": 1}, "alert: sent (other 1)"),
        ({"event": "A library said 1.5 s"}, "A library said 1.5 s"),
    ],
)  # fmt: skip
def test_events_are_told_as_sentences(event: dict[str, object], said: str) -> None:
    assert sentence(event) == said


def test_a_bug_is_told_without_its_traceback() -> None:
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 7'

    assert sentence({"event": "pass.crashed", "pass_": "submit:p", "exception": trace}).endswith(
        "This is a bug in tracker, please report it: KeyError: 7"
    )


def test_a_warning_is_marked_and_its_text_steers_no_terminal() -> None:
    event = {
        "event": "catalogue.unread",
        "panel": "p",
        "what": "\x1b[2J",
        "level": "warning",
        "at": "2026-03-18T14:05:00Z",
    }

    assert "Warning: p: \\u001b[2J." in line(event, colors=False)
    assert "\x1b[33mWarning: \x1b[0m" in line(event, colors=True)


def test_the_time_is_of_the_zone_that_the_config_names(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=50)) as panel:
        project = Project(tmp_path, panel)
        project.config.write_text(f"{project.config.read_text()}timezone: Asia/Kathmandu\n")
        begun = datetime.now(ZoneInfo("Asia/Kathmandu"))
        shown = terminals.shown(project.command("run", "--until-idle"), env=terminals.environment(TZ="UTC"))

    told = next(one for one in shown.splitlines() if "works for p" in one)
    minutes = {f"{begun + timedelta(minutes=later):%H:%M}" for later in (0, 1)}
    assert told[:5] in minutes


def test_run_tells_sentences_on_a_terminal(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=50)) as panel:
        project = Project(tmp_path, panel)
        project.run("add", "2", "https://x.example/1", "50", "--ref", "first")
        shown = terminals.shown(project.command("run", "--until-idle"))

    assert "Order 1 (first) is placed: p calls it " in shown
    assert "Everything is done." in shown
    assert "order.state_changed" not in shown
    assert all(cells(one) <= 80 for one in shown.splitlines())
