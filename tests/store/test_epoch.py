"""A database that is older than the one that was used here is detected, and nothing is sent from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import a_database, a_draft, enqueued
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import backup, epoch
from tracker.store.epoch import Age

pytestmark = pytest.mark.sqlite


def test_an_older_copy_put_back_is_detected_and_a_new_database_is_not(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    epoch.advance(db)
    assert epoch.age(db) is not Age.BEHIND
    enqueued(db, a_draft())
    copy = tmp_path / "copy.db"
    db.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(db.name, copy)
    epoch.advance(db)
    assert epoch.age(db) is not Age.BEHIND
    db.close()
    for side in tmp_path.glob("tracker.db-*"):
        side.unlink()
    shutil.copyfile(copy, db.name)
    again = a_database(tmp_path)
    assert epoch.age(again) is Age.BEHIND
    epoch.advance(again)
    assert epoch.age(again) is not Age.BEHIND


def test_a_backup_is_detected_even_in_a_folder_where_no_daemon_ran(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    backup.backup(db, elsewhere / "tracker.db")
    db.close()
    assert epoch.age(a_database(elsewhere)) is Age.BEHIND


def test_an_epoch_file_that_cannot_be_written_or_read_stops_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    Path(f"{db.name}.epoch").mkdir()
    epoch.advance(db)
    assert epoch.age(db) is not Age.BEHIND


def test_a_restored_backup_sends_nothing_before_the_operator_resumes(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=100)) as panel:
        project = Project(tmp_path, panel)
        saved = tmp_path / "saved.db"
        project.run("add", "2", "https://x.example/1", "100", "--ref", "one")
        project.run("backup", str(saved))
        project.run("run", "--until-idle")
        assert len(panel.state.ledger) == 1
        for old in tmp_path.glob("tracker.db*"):
            if not old.name.endswith(".epoch"):
                old.unlink()
        saved.rename(tmp_path / "tracker.db")
        held = project.run("run", "--until-idle", code=4)
        assert "Nothing is sent until" in held.stderr
        assert "older copy" in project.run("status", code=2).stdout
        assert len(panel.state.ledger) == 1
        project.run("resume")
        project.run("run", "--until-idle")
        assert len(panel.state.ledger) == 2
