"""Files of the database that were replaced or removed by hand are noticed, and nothing is sent twice."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

pytestmark = pytest.mark.sqlite

ORDERS = 3


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=1000)) as panel:
        yield panel


@pytest.fixture
def project(tmp_path: Path, panel: PracticePanel) -> Project:
    """A project with orders in its queue that were never sent."""
    home = tmp_path / "home"
    home.mkdir()
    project = Project(home, panel)
    rows = [f'{{"service": 2, "link": "https://x.example/{n}", "quantity": 100}}' for n in range(ORDERS)]
    project.run("import", "-", "--format", "jsonl", stdin="\n".join(rows))
    return project


def begin_a_wal(project: Project) -> None:
    """Bring all into the file itself, and begin a WAL that holds the newest epoch and little else."""
    with sqlite3.connect(database(project)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("UPDATE epoch SET number = number + 1")
    db.close()


def is_answered(project: Project) -> bool:
    """Whether the daemon has written what came of every order that it sent."""
    with closing(sqlite3.connect(database(project))) as db:
        return not db.execute("SELECT 1 FROM orders WHERE state IN ('queued', 'submitting')").fetchall()


def send_all_and_die(project: Project, then: Callable[[], object] = lambda: None) -> None:
    """Run the daemon until all is placed, do `then`, and kill it."""
    with project.daemon(code=None) as process:
        eventually(lambda: len(project.panel.state.ledger) == ORDERS)
        eventually(lambda: is_answered(project))
        begin_a_wal(project)
        then()
        process.kill()


def database(project: Project) -> Path:
    return project.folder / "tracker.db"


Way = Callable[[Path, Path], object]
"""How a saved file is put in place of another one."""


def backup(project: Project) -> Path:
    saved = project.folder.parent / "saved.db"
    project.run("backup", str(saved))
    return saved


def plain_copy(project: Project) -> Path:
    saved = project.folder.parent / "saved.db"
    shutil.copyfile(database(project), saved)
    return saved


@pytest.mark.parametrize(
    ("save", "way", "is_running"),
    [(backup, Path.replace, True), (backup, shutil.copyfile, False), (plain_copy, Path.replace, False)],
    ids=["a backup, moved while it runs", "a backup, copied after it died", "a copy, moved after it died"],
)
def test_an_older_file_beside_a_foreign_wal_is_refused_and_then_held(
    project: Project, save: Callable[[Project], Path], way: Way, is_running: bool
) -> None:
    saved = save(project)
    send_all_and_die(project, lambda: way(saved, database(project)) if is_running else None)
    if not is_running:
        way(saved, database(project))
    refused = project.run("run", "--until-idle", code=1)
    assert "tracker.db-wal" in refused.stderr
    assert "set aside" in refused.stderr
    for suffix in ("-wal", "-shm"):
        Path(f"{database(project)}{suffix}").rename(project.folder / f"aside{suffix}")
    held = project.run("run", "--until-idle", code=4)
    assert "Nothing is sent until" in held.stderr
    assert len(project.panel.state.ledger) == ORDERS


def test_a_database_whose_wal_was_removed_sends_nothing(project: Project) -> None:
    with project.daemon(code=None) as process:
        eventually(lambda: len(project.panel.state.ledger) == ORDERS)
        # The order is queued in the file itself, and that it was sent is in the `-wal` alone.
        project.run("pause")
        project.run("add", "2", "https://x.example/last", "100")
        begin_a_wal(project)
        project.run("resume")
        eventually(lambda: len(project.panel.state.ledger) == ORDERS + 1 and is_answered(project))
        for suffix in ("-wal", "-shm"):
            Path(f"{database(project)}{suffix}").unlink()
        process.kill()
    held = project.run("run", "--until-idle", code=4)
    assert "Nothing is sent until" in held.stderr
    assert len(project.panel.state.ledger) == ORDERS + 1


def test_a_wal_without_its_database_is_not_taken_for_a_new_queue(project: Project) -> None:
    send_all_and_die(project)
    database(project).rename(project.folder / "elsewhere.db")
    assert "tracker.db-wal" in project.run("add", "2", "https://x.example/new", "100", code=1).stderr
    assert Path(f"{database(project)}-wal").stat().st_size
    assert not database(project).exists()


def test_a_daemon_that_was_killed_or_moved_as_a_whole_goes_on(project: Project, tmp_path: Path) -> None:
    send_all_and_die(project)
    project.run("list")
    send_all_and_die(project)
    copy = tmp_path / "copy"
    shutil.copytree(project.folder, copy)
    moved = Project(copy, project.panel)
    moved.run("add", "2", "https://x.example/new", "100")
    with moved.daemon(code=None) as process:
        eventually(lambda: len(project.panel.state.ledger) == ORDERS + 1)
        process.kill()
