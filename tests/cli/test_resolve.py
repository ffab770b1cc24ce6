"""A person's word on orders, through the installed command."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Project
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


def test_an_order_that_is_named_twice_is_given_up_once(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        house = Project(tmp_path, panel)
        house.run("add", "4", "https://x.example/1", "100", "--ref", "a")

        assert house.run("drop", "a", "id:1").stdout == "Order 1 is dropped now.\n"

        (told,) = house.json("status")
        assert {state: n for state, n in told["panels"][0]["orders"].items() if n} == {"dropped": 1}
        assert len(house.json("show", "a")[0]["history"]) == 2
