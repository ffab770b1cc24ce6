from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support import samples
from tracker.lib.times import DAY
from tracker.store import queue
from tracker.store.backup import backup_into, is_part_of
from tracker.store.database import Database
from tracker.store.queue import Entry


def test_the_newest_copies_are_kept_and_other_files_are_left_alone(tmp_path: Path) -> None:
    db = samples.a_database(tmp_path)
    folder = tmp_path / "copies"
    folder.mkdir()
    for other in ("before-upgrade.db", "tracker-20200101T000000Z.db.old"):
        (folder / other).touch()
    deleted = [backup_into(db, folder, 2, samples.NOW + day * DAY)[1] for day in range(4)]

    assert [len(one) for one in deleted] == [0, 0, 1, 1]
    kept = sorted(path.name for path in folder.iterdir())
    assert len(kept) == 4, kept
    assert {"before-upgrade.db", "tracker-20200101T000000Z.db.old"} < set(kept)


def test_the_copy_that_is_made_now_is_kept_beside_those_of_a_clock_that_was_ahead(tmp_path: Path) -> None:
    db = samples.a_database(tmp_path)
    folder = tmp_path / "copies"
    folder.mkdir()
    ahead = [backup_into(db, folder, 2, samples.NOW + 3650 * DAY + one * DAY)[0] for one in range(2)]
    now, _ = backup_into(db, folder, 2, samples.NOW)

    assert sorted(folder.iterdir()) == [now, ahead[1]]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "name", ["tracker.db", "tracker.db-wal", "tracker.db.seen", "link.db", "../{folder}/tracker.db"]
)
def test_a_file_of_the_database_itself_is_no_place_for_a_copy(tmp_path: Path, name: str) -> None:
    db = samples.a_database(tmp_path)
    (tmp_path / "link.db").symlink_to("tracker.db")

    assert is_part_of(db, tmp_path / name.format(folder=tmp_path.name))
    assert not is_part_of(db, tmp_path / "tracker-copy.db")
    assert not is_part_of(db, tmp_path / "copies" / "tracker.db")


def test_a_copy_in_a_folder_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    db = samples.a_database(tmp_path)
    with db.transaction():
        queue.enqueue(db, [Entry(samples.a_draft())], samples.NOW)
    folder = tmp_path / "copies"
    folder.mkdir()
    file, _ = backup_into(db, folder, None, samples.NOW)
    copy = Database(f"sqlite:///{file}")
    copy.open()

    assert copy.sql("SELECT count(*) FROM orders") == [(1,)]
    copy.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("second", [0, 1])
def test_copies_are_named_by_their_time(tmp_path: Path, second: int) -> None:
    file, _ = backup_into(samples.a_database(tmp_path), tmp_path, 1, samples.NOW + second * 1_000_000)

    assert file.name == f"tracker-20260921T14132{second}Z.db"
