"""`restore` puts a backup in place of the database, or changes nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import epoch
from tracker.store.backup import backup
from tracker.store.database import Database, StorageFault
from tracker.store.epoch import Age
from tracker.store.restore import restore

pytestmark = pytest.mark.sqlite


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup of one order; the database beside it has two, in its `-wal`."""
    saved = tmp_path / "saved.db"
    db = a_database(tmp_path)
    enqueued(db, a_draft(ref="one"))
    epoch.advance(db)
    backup(db, saved)
    enqueued(db, a_draft(ref="two"))
    keep_wal(tmp_path)
    db.close()
    return saved


def keep_wal(folder: Path) -> None:
    """Leave the files as a kill does: in a copy, because the last connection that closes empties the `-wal`."""
    kept = folder / "kept"
    kept.mkdir()
    for file in folder.glob("tracker.db*"):
        shutil.copyfile(file, kept / file.name)


def live(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'kept' / 'tracker.db'}")


def refs(db: Database) -> set[str]:
    db.open()
    try:
        return {ref for (ref,) in db.sql("SELECT ref FROM orders")}
    finally:
        db.close()


def test_a_backup_takes_the_place_of_the_database_and_all_of_before_is_set_aside(
    tmp_path: Path, saved: Path
) -> None:
    before = saved.read_bytes()
    old = restore(saved, live(tmp_path), NOW)

    assert [path.name for path in old] == [
        f"tracker.db.before-20260921T141320000Z{suffix}" for suffix in ("-wal", "-shm", "")
    ]
    assert refs(Database(f"sqlite:///{old[-1]}")) == {"one", "two"}
    assert saved.read_bytes() == before
    new = live(tmp_path)
    assert new.file is not None
    assert new.file.path.stat().st_mode & 0o777 == 0o600
    assert refs(new) == {"one"}
    assert epoch.age(new) is Age.BEHIND
    assert not list((tmp_path / "kept").glob(".*"))


def test_it_works_where_no_database_is(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "empty").mkdir()
    db = Database(f"sqlite:///{tmp_path / 'empty' / 'tracker.db'}")

    assert restore(saved, db, NOW) == []
    assert refs(db) == {"one"}


def a_link(folder: Path, saved: Path) -> Path:
    (folder / "link").symlink_to(folder / "kept" / "tracker.db")
    return folder / "link"


def a_hard_link(folder: Path, saved: Path) -> Path:
    os.link(folder / "kept" / "tracker.db", folder / "hard")
    return folder / "hard"


def truncated(folder: Path, saved: Path) -> Path:
    os.truncate(saved, 60_000)
    return saved


def text(folder: Path, saved: Path) -> Path:
    saved.write_text("not a database " * 1000)
    return saved


def empty(folder: Path, saved: Path) -> Path:
    saved.write_bytes(b"")
    return saved


def another(folder: Path, saved: Path) -> Path:
    with closing(sqlite3.connect(folder / "another.db")) as db:
        db.execute("CREATE TABLE orders (id)")
    return folder / "another.db"


def newer(folder: Path, saved: Path) -> Path:
    with closing(sqlite3.connect(saved)) as db, db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(schema_migration)")]
        rest = ", ".join(columns)
        names = rest.replace("name", "'9999_later'", 1).replace("id", "9999", 1)
        db.execute(f"INSERT INTO schema_migration ({rest}) SELECT {names} FROM schema_migration LIMIT 1")
    return saved


def beside_a_foreign_wal(folder: Path, saved: Path) -> Path:
    shutil.copyfile(folder / "kept" / "tracker.db-wal", f"{saved}-wal")
    return saved


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (a_link, "is the database itself"),
        (a_hard_link, "is the database itself"),
        (lambda folder, _saved: folder / "kept" / "tracker.db", "is the database itself"),
        (lambda folder, _saved: folder / "none", "No such file"),
        (lambda folder, _saved: folder, "is not a file"),
        (lambda _folder, _saved: Path("/dev/null"), "is not a file"),
        (truncated, "nothing was changed"),
        (text, "not a database"),
        (empty, "is not a tracker database"),
        (another, "is not a tracker database"),
        (newer, "newer tracker"),
        (beside_a_foreign_wal, "does not belong to saved.db"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(
    tmp_path: Path, saved: Path, what: Callable[[Path, Path], Path], words: str
) -> None:
    file = what(tmp_path, saved)
    before = {
        path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir() if "lock" not in path.name
    }

    with pytest.raises(StorageFault, match=words):
        restore(file, live(tmp_path), NOW)
    after = {
        path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir() if "lock" not in path.name
    }
    assert after == before


def test_a_copy_with_its_own_wal_is_restored_with_what_is_in_it(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "empty").mkdir()
    db = Database(f"sqlite:///{tmp_path / 'empty' / 'tracker.db'}")

    restore(tmp_path / "kept" / "tracker.db", db, NOW)
    assert refs(db) == {"one", "two"}


STEPS = {"open", "os.rename", "os.remove", "os.chown", "sqlite3.connect"}


def killed_at(step: int, restoring: Callable[[], object]) -> bool:
    """Restore in another process, which kills itself before its nth call of the system; False when it has fewer."""
    child = os.fork()
    if child == 0:
        left = step

        def hook(event: str, _arguments: object) -> None:
            nonlocal left
            if event not in STEPS:
                return
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        code = 1
        try:
            restoring()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def test_whenever_it_is_killed_one_of_the_two_is_there_as_a_whole(tmp_path: Path, saved: Path) -> None:
    restore(saved, live(tmp_path), NOW)  # what is imported late is imported by now
    shutil.rmtree(tmp_path / "kept")
    found: list[set[str]] = []
    while True:
        folder = tmp_path / f"{len(found)}"
        folder.mkdir()
        for file in tmp_path.glob("tracker.db*"):
            shutil.copyfile(file, folder / file.name)
        db = Database(f"sqlite:///{folder / 'tracker.db'}")
        if not killed_at(len(found), lambda db=db: restore(saved, db, NOW)):  # type: ignore[misc]
            break
        found.append(refs(db))
        if found[-1] == {"one"}:
            assert epoch.age(db) is Age.BEHIND
            (old,) = folder.glob("*Z")
            assert refs(Database(f"sqlite:///{old}")) == {"one", "two"}

    assert found == sorted(found, key=len, reverse=True), "first the old one, then the new one"
    assert {frozenset(one) for one in found} == {frozenset({"one"}), frozenset({"one", "two"})}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_changes_nothing(tmp_path: Path, saved: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=800k none {small} 2>/dev/null"):
        pytest.skip("mounts are not allowed here")
    try:
        for file in (tmp_path / "kept").iterdir():
            if file.name in ("tracker.db", "tracker.db-wal"):
                shutil.copyfile(file, small / file.name)
        (small / "more").write_bytes(bytes(os.statvfs(small).f_bavail * os.statvfs(small).f_bsize - 20_000))
        db = Database(f"sqlite:///{small / 'tracker.db'}")
        with pytest.raises(StorageFault, match="nothing was changed"):
            restore(saved, db, NOW)
        (small / "more").unlink()
        assert refs(db) == {"one", "two"}
        assert not list(small.glob(".tracker*"))
    finally:
        os.system(f"umount -l {small}")  # the lock of the file stays open in this process


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_the_new_file_belongs_to_the_owner_of_the_old_one(tmp_path: Path, saved: Path) -> None:
    db = live(tmp_path)
    assert db.file is not None
    os.chown(db.file.path, 12345, 12346)
    restore(saved, db, NOW)

    assert (db.file.path.stat().st_uid, db.file.path.stat().st_gid) == (12345, 12346)


def test_a_database_that_is_open_elsewhere_is_not_replaced(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.store.restore.TRIES", 2)
    db = live(tmp_path)
    assert db.file is not None
    code = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM orders'); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, db.file.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StorageFault, match="end it first"):
            restore(saved, db, NOW)
        other.kill()
    assert refs(db) == {"one", "two"}


def test_the_command_refuses_while_a_daemon_runs_and_what_it_restored_is_held(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=1000)) as panel:
        project = Project(tmp_path, panel)
        saved = tmp_path / "saved.db"
        project.run("add", "2", "https://x.example/1", "100")
        project.run("backup", str(saved))
        with project.daemon(code=None) as process:
            eventually(lambda: len(panel.state.ledger) == 1)
            refused = project.run("restore", str(saved), code=1)
            assert f"process {process.pid}" in refused.stderr
            process.kill()
        done = project.run("restore", str(saved))
        assert "tracker.db-wal" in done.stdout or ".before-" in done.stdout
        held = project.run("run", "--until-idle", code=4)
        assert "Nothing is sent until" in held.stderr
        assert len(panel.state.ledger) == 1
        project.run("resume")
        project.run("run", "--until-idle")
        assert len(panel.state.ledger) == 2


def test_the_daemon_that_ran_on_the_backed_up_database_does_not_count_as_one_that_died(
    tmp_path: Path,
) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        project.run("add", "2", "https://x.example/a", "50")
        with project.daemon():
            eventually(lambda: "active" in project.states().values())
            project.run("backup", str(tmp_path / "saved.db"))
        project.run("restore", str(tmp_path / "saved.db"))

        assert "has died" not in project.run("status", code=None).stdout
