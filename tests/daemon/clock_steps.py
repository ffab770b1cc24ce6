"""More steps of the clock, which take too long for the suite: `python -m tests.daemon.clock_steps`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import eventually
from tests.support.stepped_project import YEAR_S, SteppedProject, finishes
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=20)) as panel:
        yield panel


@pytest.mark.parametrize("back", [-60, -2 * YEAR_S, YEAR_S])
def test_after_a_step_orders_are_sent_and_followed_at_once(
    tmp_path: Path, panel: PracticePanel, back: float
) -> None:
    project = SteppedProject(tmp_path, panel)
    project.add("running")
    with project.daemon():
        eventually(lambda: project.placed())
        project.add("before")
        project.set_clock(back)
        project.add("after")

        finishes(project, "running", "before", "after")
        shown = project.run("status", code=1).stdout

    assert set(project.placed().values()) == {1}
    assert "the clock was set" in shown
    assert project.log().count("clock.stepped") == 1


def test_rows_of_a_clock_that_was_days_ahead_hold_nothing_back_after_a_restart(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = SteppedProject(tmp_path, panel)
    project.set_clock(3 * 86400)
    project.add("a")
    with project.daemon():
        eventually(lambda: project.placed())
    project.add("b")
    project.set_clock(0)
    with project.daemon():
        finishes(project, "a", "b")

    assert set(project.placed().values()) == {1}


def test_the_same_file_is_not_paid_for_twice_by_a_clock_that_is_years_ahead(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = SteppedProject(tmp_path, panel)
    file = tmp_path / "orders.csv"
    file.write_text("service,link,quantity\n2,https://x.example/1,50\n2,https://x.example/2,50\n")
    project.run("import", str(file))
    with project.daemon("--until-idle") as daemon:
        daemon.wait(30)
    project.set_clock(2 * YEAR_S)
    with project.daemon():
        time.sleep(2)
        again = project.run("import", str(file)).stdout
        time.sleep(2)

    assert again.startswith("0 orders queued, 2 were already in the queue")
    assert set(project.placed().values()) == {1}


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q"]))
