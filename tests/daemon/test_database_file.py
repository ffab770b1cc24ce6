"""One daemon a file, by whatever path it is reached; and nothing is sent once the file has changed under the daemon.

`python -m tests.file_changes` tries every change with every end of the daemon; here are those that cost most.
"""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.file_changes.__main__ import queue_orders
from tests.file_changes.changes import (
    Change,
    deleted,
    overwritten_when_all_is_in_it,
    put_back_by_sqlite,
    replaced,
    without_wal,
)
from tests.support.project import Inbox, Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

pytestmark = pytest.mark.sqlite

ORDERS = 10
"""With a panel that takes 0.1 s for each, the daemon is busy for a second."""


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(latency=0.1, pace=100)) as panel:
        yield panel


def a_project(folder: Path, panel: PracticePanel, alerts: str = "") -> Project:
    folder.mkdir()
    return Project(folder, panel, alerts=alerts)


def with_database(project: Project, database: Path) -> Project:
    """Let the config name another path for the database."""
    text = project.config.read_text()
    project.config.write_text(text.replace(f"{project.folder / 'tracker.db'}", f"{database}"))
    return project


def is_empty(log: Path) -> bool:
    return not log.exists() or log.stat().st_size == 0


def placed(panel: PracticePanel) -> Counter[str]:
    return Counter(one.link for one in panel.state.ledger)


def test_a_second_daemon_is_refused_by_whatever_path_it_comes(tmp_path: Path, panel: PracticePanel) -> None:
    project = a_project(tmp_path / "home", panel)
    real = project.folder / "tracker.db"
    second = a_project(tmp_path / "second", panel)
    link = second.folder / "tracker.db"
    queue_orders(project, ORDERS)
    with project.daemon():
        eventually(lambda: panel.state.ledger)
        link.symlink_to(real)
        for side in (".lock", ".epoch"):
            Path(f"{real}{side}").unlink()
        refused = second.run("run", "--until-idle", code=1).stderr
        link.unlink()
        link.hardlink_to(real)
        named_twice = second.run("run", "--until-idle", code=1).stderr
        link.unlink()
        eventually(lambda: len(panel.state.ledger) == ORDERS)
    assert "already uses this database" in refused
    assert "has another name (a hard link)" in named_twice
    assert set(placed(panel).values()) == {1}


@pytest.fixture
def with_mount() -> Callable[[Path, Path], list[str]]:
    """Returns what to put before a command so that it sees one file mounted over another, as in a container."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    return lambda source, place: ["unshare", "--mount", "sh", "-c", script, str(source), str(place)]


def test_a_file_that_is_mounted_alone_is_refused_and_through_its_folder_it_is_seen_to_be_in_use(
    tmp_path: Path, panel: PracticePanel, with_mount: Callable[[Path, Path], list[str]]
) -> None:
    project = a_project(tmp_path / "home", panel)
    real, place = project.folder / "tracker.db", tmp_path / "with a space"
    second = with_database(a_project(tmp_path / "second", panel), place / "tracker.db")
    place.mkdir()
    (place / "tracker.db").touch()
    queue_orders(project, ORDERS)

    def run(source: Path, over: Path) -> str:
        command = [*with_mount(source, over), *second.command("run", "--until-idle")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, done.stderr
        return done.stderr

    with project.daemon():
        eventually(lambda: panel.state.ledger)
        assert f"mount its folder, {place}:" in run(real, place / "tracker.db")
        assert "already uses this database" in run(real.parent, place)
        eventually(lambda: len(panel.state.ledger) == ORDERS)
    assert set(placed(panel).values()) == {1}


@pytest.mark.parametrize("change", [replaced, without_wal])
def test_nothing_is_sent_once_the_file_has_changed_and_none_twice_after_a_kill(
    tmp_path: Path, panel: PracticePanel, change: Change
) -> None:
    project = a_project(tmp_path / "home", panel)
    queue_orders(project, ORDERS)
    project.run("backup", str(tmp_path / "saved.db"))
    with project.daemon(code=-signal.SIGKILL) as daemon:
        eventually(lambda: len(panel.state.ledger) >= 3)
        change(project.folder / "tracker.db", tmp_path / "saved.db")
        eventually(lambda: "database.copied" in project.log())
        eventually(lambda: is_empty(project.folder / "tracker.db-wal"))
        sent = len(panel.state.ledger)
        daemon.kill()
    project.run("run", "--until-idle", code=4)
    assert "older copy" in project.run("status", code=2).stdout
    assert set(placed(panel).values()) == {1}
    assert len(panel.state.ledger) == sent < ORDERS


@pytest.mark.parametrize("change", [overwritten_when_all_is_in_it, put_back_by_sqlite])
def test_what_is_written_over_the_file_sends_nothing_twice_however_long_ago_the_daemon_sent(
    tmp_path: Path, panel: PracticePanel, change: Change
) -> None:
    project = a_project(tmp_path / "home", panel)
    queue_orders(project, 3)
    project.run("backup", str(tmp_path / "saved.db"))
    with project.daemon():
        eventually(lambda: len(panel.state.ledger) == 3)
    with project.daemon(code=-signal.SIGKILL) as daemon:  # it has sent nothing itself
        eventually(lambda: "daemon.started" in project.log())
        change(project.folder / "tracker.db", tmp_path / "saved.db")
        eventually(lambda: "database.replaced" in project.log() or "database.stale_copy" in project.log())
        daemon.kill()
    project.run("run", "--until-idle", code=None)
    assert set(placed(panel).values()) == {1}


def test_a_database_that_is_deleted_is_reported_once_and_what_it_held_is_kept(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        project = a_project(tmp_path / "home", panel, inbox.target('["daemon.stopped"]'))
        database = project.folder / "tracker.db"
        queue_orders(project, ORDERS)
        with project.daemon():
            eventually(lambda: len(panel.state.ledger) >= 3)
            deleted(database, tmp_path)
            (alert,) = eventually(lambda: inbox.bodies[:])
            found = project.run("status", code=2).stdout
            refused = project.run("add", "2", "https://x.example/new", "100", code=1).stderr
        assert len(inbox.bodies) == 1
        sent = len(panel.state.ledger)
        (copy,) = project.folder.glob("tracker.db.replaced-*")
        assert "tracker.db was deleted or moved" in alert
        assert copy.name in alert
        assert f"order 1: {panel.state.ledger[0].order_id} at p" in alert
        for text in (found, refused):
            assert "tracker.db was replaced, deleted or moved while the daemon (process" in text
        assert not database.exists()

        copy.rename(database)
        project.run("run", "--until-idle", code=4)
        assert len(panel.state.ledger) == sent < ORDERS
        project.run("resume")
        project.run("run", "--until-idle")
    assert placed(panel) == Counter(f"https://x.example/{number}" for number in range(ORDERS))
