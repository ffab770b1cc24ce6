"""A backup that is made unattended, by the real command: its failure is an alert, once, and so is its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Inbox, Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


def events(project: Project) -> list[tuple[str, str]]:
    return [(row["event"], row["title"]) for row in project.json("alerts", "list")][::-1]


def test_a_failure_is_told_once_and_so_is_the_first_success_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    with PracticePanel(Behaviour(pace=0)) as panel, Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target("[backup.*]"))
        for _ in range(2):
            failed = project.run("backup", "--keep", "2", str(folder), code=2)
            assert "--keep needs a folder" in failed.stderr
        folder.mkdir()
        for _ in range(2):
            project.run("backup", "--keep", "2", str(folder), "--force")
        told = [event for event, _ in events(project)]
        with project.daemon():
            eventually(lambda: any("works again" in body for body in inbox.bodies))

    assert told == ["backup.failed", "backup.failed"]
    assert len(inbox.bodies) == 1  # that it had failed is old news by then


def test_what_a_person_does_by_hand_alerts_nobody(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel, Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target())
        project.run("backup", str(tmp_path / "none" / "copy.db"), code=2)
        project.run("backup", str(tmp_path / "copy.db"))

        assert events(project) == []


@pytest.mark.sqlite
def test_without_a_database_that_can_be_written_the_exit_code_tells(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel, Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target())
        project.run("status", code=None)
        file = next(tmp_path.glob("*.db"))
        file.write_bytes(b"no database" * 1000)

        assert "Traceback" not in project.run("backup", "--keep", "2", str(tmp_path), code=1).stderr
