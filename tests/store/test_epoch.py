"""A database that is older than the one that was used here is detected, and nothing is sent from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import NOW, a_database, a_draft, enqueued, opened
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, backup, epoch, epoch_file
from tracker.store.database import Database, StorageFault
from tracker.store.epoch import Age, Known, age_of_file
from tracker.store.epoch_file import Epoch
from tracker.store.seen import Seen

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


@pytest.mark.parametrize(
    ("known", "beside", "seen", "age"),
    [
        (Known(), None, None, Age.NEWEST),
        (Known(), None, Seen(7), Age.ALONE),
        (Known(5, "a"), None, None, Age.ALONE),
        (Known(), Epoch(1, "a"), Seen(7), Age.BEHIND),
        (Known(epoch.COPIED, "a"), None, None, Age.BEHIND),
        (Known(epoch.COPIED, "a"), Epoch(5, "a"), Seen(7), Age.BEHIND),
        (Known(4, "a"), Epoch(5, "a"), Seen(7), Age.BEHIND),
        (Known(4, "b"), Epoch(5, "a"), Seen(7), Age.BEHIND),
        (Known(5, "a"), Epoch(5, "a"), Seen(7), Age.NEWEST),
        (Known(6, "a"), Epoch(5, "a"), None, Age.NEWEST),
        (Known(6, "b", "a"), Epoch(5, "a"), Seen(7), Age.NEWEST),
        (Known(6, "b", None), Epoch(5), Seen(7), Age.NEWEST),
        (Known(5), Epoch(5), Seen(7), Age.NEWEST),
        (Known(5), Epoch(5), Seen(8), Age.MOVED),
        (Known(5, "a"), Epoch(5, "a"), Seen(8), Age.MOVED),
        (Known(6, "b", "a"), Epoch(5, "c"), Seen(7), Age.FOREIGN),
        (Known(6), Epoch(5, "c"), Seen(7), Age.FOREIGN),
        (Known(6, "b", "a"), Epoch(5), Seen(7), Age.FOREIGN),
        (Known(6, "b", None), Epoch(5, "c"), Seen(8), Age.FOREIGN),
    ],
)
def test_a_file_is_as_old_as_what_lies_beside_it_says(
    known: Known, beside: Epoch | None, seen: Seen | None, age: Age
) -> None:
    assert age_of_file(known, beside, seen, 7) is age


def closed(db: Database) -> Path:
    """Close a database, so that all of it is in its file; return that."""
    db.close()
    opened.remove(db)
    return Path(db.name)


def ran(folder: Path) -> Path:
    """Have a daemon run on a folder's database, which has an order; return the file."""
    db = a_database(folder)
    if not db.sql("SELECT id FROM orders"):
        enqueued(db, a_draft())
    epoch.begin(db)
    return closed(db)


def age_in(folder: Path) -> Age:
    db = a_database(folder)
    found = epoch.age(db)
    closed(db)
    return found


def test_every_run_names_its_database_anew_and_a_crash_while_it_does_so_is_no_other_database(
    tmp_path: Path,
) -> None:
    beside = Path(f"{ran(tmp_path)}.epoch")
    before = beside.read_text()
    ran(tmp_path)
    assert age_in(tmp_path) is Age.NEWEST
    assert beside.read_text().split()[1] != before.split()[1]
    beside.write_text(before)  # as if the daemon was killed before it wrote the file
    assert age_in(tmp_path) is Age.NEWEST
    ran(tmp_path)
    ran(tmp_path)
    assert age_in(tmp_path) is Age.NEWEST


def test_a_later_file_of_a_folder_that_was_rolled_back_is_another_database(tmp_path: Path) -> None:
    """What was sent after the folder was put back is in no file from before, however large its number is."""
    file = ran(tmp_path)
    folder = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for _ in range(9):
        ran(tmp_path)
    later = file.read_bytes()
    for path, content in folder.items():
        path.write_bytes(content)
    ran(tmp_path)
    file.write_bytes(later)  # with the inode of the one before

    assert age_in(tmp_path) is Age.FOREIGN


def test_a_database_and_its_side_files_of_an_older_tracker_are_held_up_by_nothing(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    epoch.advance(db)
    assert Path(f"{db.name}.epoch").read_text() == "1\n"
    assert epoch.age(db) is Age.NEWEST
    closed(db)
    for _ in range(2):
        ran(tmp_path)
        assert age_in(tmp_path) is Age.NEWEST


@pytest.mark.parametrize("text", ["7 a b", "7 -", "7 \x00\x00", "7 a/b"])
def test_a_torn_name_of_a_run_is_as_good_as_no_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tracker.db.epoch"
    file.write_text(text)
    assert epoch_file.read(file) is None
    file.write_text("7 a\n")
    assert epoch_file.read(file) == Epoch(7, "a")


def test_the_log_of_another_database_is_not_taken_for_the_one_of_this_file(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for _ in range(3):
        other = ran(elsewhere)
    db = a_database(tmp_path)
    epoch.begin(db)
    file, log = Path(db.name), Path(f"{db.name}-wal").read_bytes()
    assert log
    closed(db)
    Path(f"{file}-wal").write_bytes(log)  # as a daemon that was killed leaves it
    file.write_bytes(other.read_bytes())

    with pytest.raises(StorageFault, match="it belongs to another database, which ran here before"):
        a_database(tmp_path)


def test_a_queue_that_is_moved_is_as_old_as_it_was_where_it_lay(tmp_path: Path) -> None:
    found = {}
    for name in ("whole", "alone", "backup"):
        (old := tmp_path / name).mkdir()
        (new := tmp_path / f"{name}-new").mkdir()
        file = ran(old)
        if name == "alone":
            file.with_name("tracker.db.epoch").unlink()
        if name == "backup":
            backup.backup(db := a_database(old), old / "copy.db")
            closed(db)
            file = old / "copy.db"
        target = a_database(new)
        backup.move(file, target, NOW)
        found[name] = epoch.age(target), accounts.read(target, "p").unproven_why

    assert found == {
        "whole": (Age.NEWEST, None),
        "alone": (Age.NEWEST, Age.ALONE.value),
        "backup": (Age.BEHIND, None),
    }
