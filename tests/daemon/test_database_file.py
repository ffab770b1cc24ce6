"""One daemon a file, by whatever path it is reached; and nothing is sent once the file has changed under the daemon."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

pytestmark = pytest.mark.sqlite

ORDERS = 12
"""With a panel that takes 0.1 s for each, the daemon is busy for more than a second."""

SETTLED_S = 0.5
"""Longer than an `add` that is in flight takes."""


def queue_orders(project: Project, count: int = ORDERS) -> None:
    rows = [f"2,https://x.example/{number},100,{number}" for number in range(count)]
    project.run("import", "-", "--format", "csv", stdin="\n".join(["service,link,quantity,ref", *rows]))


def elsewhere(project: Project, database: Path) -> Project:
    """Another project for the same panel, whose config names another path for its database."""
    folder = database.parent.parent / f"config-{database.parent.name}"
    folder.mkdir()
    other = Project(folder, project.panel)
    other.config.write_text(
        project.config.read_text().replace(str(project.folder / "tracker.db"), str(database))
    )
    return other


def placed(panel: PracticePanel) -> Counter[str]:
    return Counter(one.link for one in panel.state.ledger)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    home = tmp_path / "home"
    home.mkdir()
    with PracticePanel(Behaviour(latency=0.1, pace=100)) as panel:
        yield Project(home, panel)


# -- by another path ------------------------------------------------------------------------------------


def by_symbolic_link(real: Path, other: Path) -> None:
    other.symlink_to(real)


def by_hard_link(real: Path, other: Path) -> None:
    other.hardlink_to(real)


def by_linked_folder(real: Path, other: Path) -> None:
    other.parent.rmdir()
    other.parent.symlink_to(real.parent)


def without_side_files(real: Path, _other: Path) -> None:
    for suffix in (".lock", ".epoch", ".pace"):
        Path(f"{real}{suffix}").unlink()


@pytest.mark.parametrize("reach", [by_symbolic_link, by_hard_link, by_linked_folder, without_side_files])
def test_a_second_daemon_is_refused_by_whatever_path_it_comes(
    tmp_path: Path, project: Project, reach: Callable[[Path, Path], None]
) -> None:
    real, other = project.folder / "tracker.db", tmp_path / "other" / "tracker.db"
    other.parent.mkdir()
    queue_orders(project)
    second = elsewhere(project, real if reach is without_side_files else other)
    with project.daemon():
        eventually(lambda: project.panel.state.ledger)
        reach(real, other)
        refused = second.run("run", "--until-idle", code=1)
        eventually(lambda: len(project.panel.state.ledger) == ORDERS)
    assert "already uses" in refused.stderr or "another name (a hard link)" in refused.stderr
    assert set(placed(project.panel).values()) == {1}


def test_every_command_refuses_a_file_with_two_names_and_one_that_is_mounted(
    tmp_path: Path, project: Project
) -> None:
    queue_orders(project, 1)
    real, other = project.folder / "tracker.db", project.folder / "copy.db"
    other.hardlink_to(real)
    for command in (["status"], ["list"], ["add", "2", "https://x.example/", "100"], ["run", "--until-idle"]):
        assert "find" in project.run(*command, code=None).stderr
    other.unlink()
    project.run("list")
    assert not project.panel.state.ledger


@pytest.fixture
def in_namespace() -> Callable[[Path, Path], list[str]]:
    """Returns what to put before a command so that it sees one file mounted over another, as in a container."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    return lambda source, place: ["unshare", "--mount", "sh", "-c", script, str(source), str(place)]


def test_a_file_that_is_mounted_alone_is_refused_and_its_folder_is_not(
    tmp_path: Path, project: Project, in_namespace: Callable[[Path, Path], list[str]]
) -> None:
    real, other = project.folder / "tracker.db", tmp_path / "other" / "tracker.db"
    other.parent.mkdir()
    other.touch()
    queue_orders(project)
    second = elsewhere(project, other)

    def mounted(source: Path, place: Path) -> subprocess.CompletedProcess[str]:
        command = [*in_namespace(source, place), *second.command("run", "--until-idle")]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    with project.daemon():
        eventually(lambda: project.panel.state.ledger)
        alone = mounted(real, other)
        folder = mounted(real.parent, other.parent)
        eventually(lambda: len(project.panel.state.ledger) == ORDERS)
    assert alone.returncode == folder.returncode == 1
    assert f"mount its folder, {other.parent}" in alone.stderr
    assert "already uses this database" in folder.stderr
    assert set(placed(project.panel).values()) == {1}


# -- under a running daemon -----------------------------------------------------------------------------


def replaced(database: Path, backup: Path) -> None:
    backup.replace(database)


def replaced_with_all(database: Path, backup: Path) -> None:
    without_wal(database, backup)
    backup.replace(database)


def deleted(database: Path, _backup: Path) -> None:
    database.unlink()


def without_wal(database: Path, _backup: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink()


def moved_away(database: Path, _backup: Path) -> None:
    aside = database.parent / "aside"
    aside.mkdir()
    for file in database.parent.glob("tracker.db*"):
        file.replace(aside / file.name)


@pytest.mark.parametrize("change", [replaced, replaced_with_all, deleted, without_wal, moved_away])
def test_nothing_is_sent_once_the_file_has_changed_and_none_twice_after_a_kill(
    tmp_path: Path, project: Project, change: Callable[[Path, Path], None]
) -> None:
    queue_orders(project)
    database, backup = project.folder / "tracker.db", tmp_path / "saved.db"
    project.run("backup", str(backup))
    panel = project.panel
    with project.daemon(code=-signal.SIGKILL) as daemon:
        eventually(lambda: len(panel.state.ledger) >= 3)
        change(database, backup)
        time.sleep(SETTLED_S)
        sent = len(panel.state.ledger)
        time.sleep(SETTLED_S)
        stopped = len(panel.state.ledger) == sent < ORDERS
        daemon.kill()
    project.run("run", "--until-idle", code=None)
    assert set(placed(panel).values()) == {1}
    assert stopped
