"""A clock that is set: nothing waits for it, nothing is paid twice, and it is said. Real processes, own clocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import eventually
from tests.support.samples import prune_orders
from tests.support.stepped_project import YEAR_S, SteppedProject, finishes, opened
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=20)) as panel:
        yield panel


def test_after_a_step_back_orders_are_sent_and_followed_at_once(tmp_path: Path, panel: PracticePanel) -> None:
    project = SteppedProject(tmp_path, panel)
    project.add("running")
    with project.daemon():
        eventually(lambda: project.placed())
        project.add("before")
        project.set_clock(-7200)
        project.add("after")

        finishes(project, "running", "before", "after")
        shown = project.run("status", code=1).stdout

    assert set(project.placed().values()) == {1}
    assert "the clock was set back by" in shown
    assert project.log().count("clock.stepped") == 1


def test_what_a_failing_panel_put_off_while_the_clock_was_ahead_is_due_when_it_is_right_again(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = SteppedProject(tmp_path, panel)
    with project.daemon():
        eventually(lambda: panel.requests.count("balance"))
        project.set_clock(2 * YEAR_S)
        panel.fault("balance", "500-before", times=None)
        project.add("a")
        eventually(lambda: project.hold_until() > time.time() + YEAR_S)
        panel.clear_faults()
        project.set_clock(0)
        project.add("b")

        finishes(project, "a", "b")

    assert set(project.placed().values()) == {1}


def test_the_same_file_is_not_paid_for_twice_after_its_orders_were_pruned(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = SteppedProject(tmp_path, panel)
    file = tmp_path / "orders.csv"
    file.write_text("service,link,quantity,ref\n2,https://x.example/1,50,r1\n2,https://x.example/2,50,\n")
    project.run("import", str(file))
    project.run("drop", "1", "2")
    with opened(tmp_path) as db:
        assert prune_orders(db, round(time.time() * 10**6) + 1) == 2
    again = project.run("import", str(file)).stdout
    added = project.run("add", "2", "https://x.example/1", "50", "--ref", "r1", "--json")
    refused = project.run("add", "2", "https://x.example/1", "70", "--ref", "r1", code=2)
    assert "0 orders queued, 2 were already in the queue (2 of them were pruned since)" in again
    assert "which was pruned on" in added.stderr
    assert '"state": "dropped"' in added.stdout
    assert "Nothing was queued" in refused.stderr
    assert project.states() == {}


def test_resume_makes_due_what_a_wrong_clock_put_off(tmp_path: Path, panel: PracticePanel) -> None:
    project = SteppedProject(tmp_path, panel)
    project.set_clock(3 * 86400)
    project.add("a")
    project.set_clock(0)
    project.run("resume")

    with opened(tmp_path) as db:
        ((due_at,),) = db.sql("SELECT due_at FROM orders")
    assert due_at < time.time() * 10**6
