"""`tracker alerts list`, on a database with one superseded delivery."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import NOW, a_database
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import HOUR
from tracker.practice.panel import PracticePanel
from tracker.store import outbox


@pytest.mark.parametrize("state", ["superseded", "folded"])
def test_superseded_deliveries_are_listed_by_their_state_and_by_its_old_name(
    tmp_path: Path, state: str
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    with db.transaction():
        outbox.post(db, [Notice(Event.PANEL_DOWN, "p")], NOW)
        outbox.post(db, [Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)], NOW + HOUR)
    with PracticePanel() as panel:
        project = Project(tmp_path, panel)

        (row,) = project.json("alerts", "list", "--state", state)

    assert (row["event"], row["target"], row["state"]) == ("panel.down", "ops", "superseded")
