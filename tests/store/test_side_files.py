"""What tracker writes beside a database never goes through a link that somebody put there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.samples import a_database, a_draft, enqueued
from tracker.store import backup, epoch, side_files
from tracker.store.database import Database, StorageFault
from tracker.store.instance_lock import InstanceLock

pytestmark = pytest.mark.sqlite

PRECIOUS = b"precious"


def symbolic_link(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def hard_link(place: Path, victim: Path) -> None:
    place.hardlink_to(victim)


def pipe(place: Path, _victim: Path) -> None:
    os.mkfifo(place)


def folder(place: Path, _victim: Path) -> None:
    place.mkdir()


@pytest.fixture(params=[symbolic_link, hard_link, pipe, folder])
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Plants something at a name beside the database; returns the file that must stay as it is."""

    def planted(suffix: str) -> Path:
        victim = tmp_path / "victim"
        victim.write_bytes(PRECIOUS)
        request.param(Path(f"{tmp_path / 'tracker.db'}{suffix}"), victim)
        return victim

    return planted


def take_lock(db: Database) -> None:
    with pytest.raises(StorageFault, match=r"tracker\.db\.lock: "), InstanceLock(db).held():
        pass


def advance(db: Database) -> None:
    epoch.advance(db)


def take_slot(db: Database) -> None:
    with pytest.raises(OSError, match=r"tracker\.db\.pace"):
        db.bucket("p").take(0.001)


@pytest.mark.parametrize(
    ("suffix", "write"), [(".lock", take_lock), (".epoch.part", advance), (".epoch", advance), (".pace", take_slot)]
)  # fmt: skip
def test_a_link_beside_the_database_is_never_written_through(
    tmp_path: Path, plant: Callable[[str], Path], suffix: str, write: Callable[[Database], None]
) -> None:
    victim = plant(suffix)
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    write(db)
    assert victim.read_bytes() == PRECIOUS


def test_a_link_in_the_place_of_a_part_is_replaced(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(PRECIOUS)
    for name in ("number.part", ".saved.db.part"):
        (tmp_path / name).symlink_to(victim)

    side_files.replace(tmp_path / "number", b"7\n")
    backup.backup(a_database(tmp_path), tmp_path / "saved.db")

    assert side_files.read(tmp_path / "number") == b"7\n"
    assert (tmp_path / "saved.db").stat().st_size > 0
    assert victim.read_bytes() == PRECIOUS


def test_a_side_file_is_made_private_whatever_its_mode_was(tmp_path: Path) -> None:
    file = tmp_path / "number"
    file.write_bytes(b"7")
    file.chmod(0o644)
    os.close(side_files.open_or_create(file))
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_link_at_a_file_of_sqlite_itself_is_refused(tmp_path: Path, suffix: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(PRECIOUS)
    a_database(tmp_path).close()
    Path(f"{tmp_path / 'tracker.db'}{suffix}").symlink_to(victim)
    with pytest.raises(StorageFault, match="cannot be opened"):
        a_database(tmp_path)
    assert victim.read_bytes() == PRECIOUS
