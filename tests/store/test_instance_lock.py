"""One daemon a SQLite file, by whatever path it comes; and a file that two paths could lead to is refused."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, opened
from tracker.store import backup, epoch
from tracker.store.database import Database, ReplacedFault, StorageFault
from tracker.store.instance_lock import InstanceLock

pytestmark = pytest.mark.sqlite


def same_path(real: Path) -> Path:
    return real


def symbolic_link(real: Path) -> Path:
    (real.parent / "link.db").symlink_to(real)
    return real.parent / "link.db"


def linked_folder(real: Path) -> Path:
    (real.parent / "folder").symlink_to(real.parent)
    return real.parent / "folder" / real.name


def hard_link(real: Path) -> Path:
    (real.parent / "other.db").hardlink_to(real)
    return real.parent / "other.db"


def no_lock_file(real: Path) -> Path:
    Path(f"{real}.lock").unlink()
    return real


@pytest.mark.parametrize("reach", [same_path, symbolic_link, linked_folder, hard_link, no_lock_file])
def test_the_lock_is_on_the_file_itself(tmp_path: Path, reach: Callable[[Path], Path]) -> None:
    db = a_database(tmp_path)
    with InstanceLock(db).held():
        other = Database(f"sqlite:///{reach(Path(db.name))}")
        with pytest.raises(StorageFault, match="already uses this database"), InstanceLock(other).held():
            pass
    with InstanceLock(other).held():
        pass


def test_side_files_lie_beside_the_real_file(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(db.name)
    assert Database(f"sqlite:///{link}").sidecar(".lock") == Path(f"{db.name}.lock")


@pytest.mark.parametrize("beside", ["tracker.db.lock", "link.db.lock"])
def test_a_daemon_of_an_older_version_is_respected(tmp_path: Path, beside: str) -> None:
    symbolic_link(Path(a_database(tmp_path).name))
    lock = tmp_path / beside
    lock.write_text("4711")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = pytest.raises(StorageFault, match=r"process 4711\) already uses")
        with refused, InstanceLock(Database(f"sqlite:///{tmp_path / 'link.db'}")).held():
            pass


def test_the_lock_file_names_the_process_first_and_is_put_back_when_it_is_gone(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    file = tmp_path / "tracker.db.lock"
    lock = InstanceLock(db)
    with lock.held():
        file.unlink()
        lock.keep()
        assert file.read_text().split()[0] == str(os.getpid())


def test_a_folder_that_may_not_be_written_gives_a_sentence(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (tmp_path / "tracker.db.lock").mkdir()
    with pytest.raises(StorageFault, match=r"tracker\.db\.lock: Is a directory"), InstanceLock(db).held():
        pass


def test_a_file_with_a_second_name_is_refused_until_that_is_gone(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    other = hard_link(Path(db.name))
    for path in (db.name, other):
        with pytest.raises(StorageFault, match=r"a hard link.*find / -xdev -samefile"):
            Database(f"sqlite:///{path}").open()
    other.unlink()
    a_database(tmp_path)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageFault, match="it is not a file; check `database:`"):
        Database(f"sqlite:///{tmp_path}").open()


def test_opening_a_database_again_takes_no_lock_of_sqlite_away(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    db.sql("SELECT 1 FROM orders")
    with InstanceLock(db).held():
        a_database(tmp_path).close()
        writes = (
            f"import sqlite3; c = sqlite3.connect({db.name!r}); c.execute('DELETE FROM epoch'); c.commit()"
        )
        subprocess.run([sys.executable, "-c", writes], check=True)
        # The last to leave deletes the log: the other process must see that it is not the last.
        assert Path(f"{db.name}-wal").exists()


def test_move_sets_the_file_aside_and_not_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    real = Path(a_database(tmp_path).name)
    opened.pop().close()
    link = symbolic_link(real)
    aside = backup.move(link, a_database(tmp_path / "new"), NOW)
    assert aside == Path(f"{real}.moved")
    assert not real.exists()


# -- while it is watched ---------------------------------------------------------------------------------


def watched(folder: Path) -> Database:
    db = a_database(folder)
    db.sql("SELECT 1 FROM orders")
    assert db.file is not None
    db.file.watch()
    return db


@pytest.mark.parametrize("part", ["", "-wal", "-shm"])
@pytest.mark.parametrize("instead", [None, b"another"])
def test_a_part_that_is_gone_or_replaced_ends_the_lease(
    tmp_path: Path, part: str, instead: bytes | None
) -> None:
    db = watched(tmp_path)
    path = Path(f"{db.name}{part}")
    with db.lease("submit:p") as lease:
        assert lease.holds()
        path.rename(tmp_path / "aside")
        if instead is not None:
            path.write_bytes(instead)
        assert not lease.holds()
        path.unlink(missing_ok=True)
        (tmp_path / "aside").rename(path)
        assert lease.holds()


def test_a_link_that_is_set_to_another_file_ends_the_lease(tmp_path: Path) -> None:
    link = symbolic_link(Path(a_database(tmp_path).name))
    db = Database(f"sqlite:///{link}")
    db.open()
    opened.append(db)
    assert db.file is not None
    db.file.watch()
    with db.lease("submit:p") as lease:
        link.unlink()
        link.symlink_to(tmp_path / "other.db")
        assert not lease.holds()


def test_a_new_connection_never_opens_another_file_nor_creates_one(tmp_path: Path) -> None:
    db = watched(tmp_path)
    Path(db.name).rename(tmp_path / "aside")
    db.close()
    with pytest.raises(ReplacedFault, match="was deleted or moved while this daemon worked on it"):
        db.sql("SELECT 1")
    assert not Path(db.name).exists()


def test_a_command_refuses_a_file_that_another_daemon_does_not_work_on(tmp_path: Path) -> None:
    db = watched(tmp_path)
    path = Path(db.name)
    lock = InstanceLock(db)
    with lock.held():
        path.rename(tmp_path / "aside")
        sqlite3.connect(path).close()
        for _ in range(2):
            with pytest.raises(
                ReplacedFault, match=rf"while the daemon \(process {os.getpid()}\) worked on it"
            ):
                Database(f"sqlite:///{path}").open()
            path.unlink(missing_ok=True)
        assert not path.exists()
        db.checkpoint()  # as the daemon does: a log that belongs to no file here would be refused
    Database(f"sqlite:///{path}").open()  # with the daemon gone, the path may be used again


def test_a_file_that_another_program_writes_over_is_noticed_and_a_checkpoint_is_none(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    backup.backup(db, tmp_path / "saved.db")
    assert db.file is not None
    db.file.watch()
    epoch.begin(db)
    for _ in range(3):
        epoch.advance(db)
        db.checkpoint()
        assert db.file.change() is None

    Path(db.name).write_bytes((tmp_path / "saved.db").read_bytes())

    assert "was overwritten by another program" in (db.file.change() or "")
    assert not db.file.holds()


def test_a_file_that_an_older_copy_of_itself_is_written_over_is_noticed(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    assert db.file is not None
    db.file.watch()
    epoch.begin(db)
    db.checkpoint()
    older = Path(db.name).read_bytes()
    epoch.advance(db)
    db.checkpoint()
    assert not db.file.is_overwritten()

    Path(db.name).write_bytes(older)

    assert db.file.is_overwritten()


def test_a_file_that_is_emptied_is_noticed(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    assert db.file is not None
    db.file.watch()
    db.checkpoint()

    os.truncate(db.name, 0)

    assert db.file.is_overwritten()
