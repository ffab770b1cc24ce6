"""The operator's decisions about orders, with the real commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import a_database, a_draft, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.lib.clock import now
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.submission import after_crash
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import asks, attempts, changes
from tracker.store.attempts import intent_of


def test_an_order_that_is_named_twice_is_dropped_once(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        project.run("add", "4", "https://x.example/1", "100", "--ref", "a")

        assert project.run("drop", "a", "id:1").stdout == "Order 1 is now dropped.\n"

        (status,) = project.json("status")
        assert {state: n for state, n in status["panels"][0]["orders"].items() if n} == {"dropped": 1}
        assert len(project.json("show", "a")[0]["history"]) == 2


def lose_two(folder: Path, panel: PracticePanel) -> Project:
    """Send two orders of one price whose answers are lost, and that the panel takes and shows only later."""
    stage = Stage(folder, panel, more="unknown: {probe: true, apart: false}\n")
    stage.elapsed = lambda: stage.now
    stage.worker = stage.fresh_worker()
    enqueued(stage.db, a_draft("https://x.example/first", service="2", quantity=150), now=stage.now)
    stage.worker.submit.run()
    stage.now += 2 * MINUTE
    stage.worker.track.run()
    panel.state.registers_after = 1e9
    for name in ("a", "b"):
        enqueued(stage.db, a_draft(f"https://x.example/{name}", service="2", ref=name), now=stage.now)
        panel.fault("add", "close-after")
        for _ in range(20):
            stage.now += SECOND
            stage.worker.submit.run()
    panel.state.registers_after = 0.0
    stage.now += 3 * MINUTE
    stage.worker.submit.run()
    stage.client.close()
    return Project(folder, panel, more="unknown: {probe: true, apart: false}\n")


def test_lost_orders_that_all_arrived_are_adopted_in_the_order_in_which_they_were_sent(
    tmp_path: Path,
) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = lose_two(tmp_path, panel)
        (held,) = project.json("show", "a")
        assert "orders 2, 3 have all arrived" in held["evidence"][-1]["reasons"][0]
        shown = project.run("show", "a").stdout
        assert "tracker resolve 2 --adopt-in-order" in shown
        assert "--release" not in shown, "that would pay for it again"

        asked = project.run("resolve", "a", "--adopt-in-order", stdin="n\n", code=None)
        assert asked.returncode != 0
        assert (
            "order 2 (https://x.example/a) is 5002\norder 3 (https://x.example/b) is 5003\n" in asked.stderr
        )
        assert project.json("show", "a")[0]["state"] == "unknown"

        done = project.run("resolve", "b", "--adopt-in-order", "--yes")
        assert done.stdout == "Order 2 is now active.\nOrder 3 is now active.\n"
        ids = {placed.link[-1]: str(placed.order_id) for placed in panel.state.ledger}
        for ref in ("a", "b"):
            assert project.json("show", ref)[0]["panel_order_id"] == ids[ref]


def test_an_order_that_stands_alone_is_adopted_in_no_order(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = lose_two(tmp_path, panel)
        project.run("drop", "b")

        refused = project.run("resolve", "a", "--adopt-in-order", "--yes", code=2)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "is not one of several lost orders that face exactly as many ids" in refused.stderr
        assert project.json("show", "a")[0]["state"] == "unknown"


def test_status_says_what_waits_for_which_lost_order(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        stage = Stage(tmp_path, panel)
        stage.now = now()
        stage.worker.catalogue.run()
        enqueued(stage.db, a_draft("https://x.example/lost", service="2"), now=stage.now)
        panel.fault("add", "close-after")
        stage.worker.submit.run()
        stage.client.close()
        project = Project(tmp_path, panel)
        project.run("add", "2", "https://x.example/alike", "100")
        project.run("add", "2", "https://x.example/other", "150")

        (status,) = project.json("status")
        (said,) = [one["text"] for one in status["findings"] if "apart" in one["text"]]
        assert said.startswith(
            "p: 1 queued order waits until order 1, whose answer was lost, is found or surely"
        )
        assert "at most 15 min" in said or "at most 14 min" in said
        project.config.write_text(project.config.read_text() + "unknown: {apart: false}\n")
        (status,) = project.json("status")
        assert not [one for one in status["findings"] if "apart" in one["text"]]


@pytest.mark.sqlite
def test_what_is_being_asked_again_is_neither_released_nor_dropped(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        db = a_database(tmp_path)
        claimed = claim_for_add(db, enqueued(db, a_draft(), now=now())[0])
        assert claimed is not None
        attempt = attempts.last_attempt(db, 1)
        (lost,) = changes.apply(db, [after_crash(claimed[0].after, intent_of(attempt))], now())
        asks.record(db, lost.after, attempt.id, now(), now() + MINUTE)

        for command in (("resolve", "id:1", "--release", "--yes"), ("drop", "id:1")):
            assert "asked for it once more" in project.run(*command, code=2).stderr
        assert project.states() == {"1": "unknown"}
