"""The operator's decisions about orders, with the real commands."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Project
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


def test_an_order_that_is_named_twice_is_dropped_once(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        project.run("add", "4", "https://x.example/1", "100", "--ref", "a")

        assert project.run("drop", "a", "id:1").stdout == "Order 1 is now dropped.\n"

        (status,) = project.json("status")
        assert {state: n for state, n in status["panels"][0]["orders"].items() if n} == {"dropped": 1}
        assert len(project.json("show", "a")[0]["history"]) == 2
