"""One database for the service and for the hand: whose files are whose, and who is told when nobody sends."""

from __future__ import annotations

import codecs
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import samples
from tests.support.project import Project, eventually
from tracker.config.faults import ConfigError
from tracker.config.loader import find, load, parse
from tracker.lib.clock import now
from tracker.lib.owners import whose_sentence
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import daemons
from tracker.store.database import Database, StorageFault

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-owners-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """Be another user for a block, who may not be able to read what Python would load."""
    codecs.lookup("utf-8-sig")
    os.seteuid(pwd.getpwnam(user).pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def not_of(user: str, folder: Path) -> list[str]:
    """What in a folder does not belong to a user."""
    return sorted(path.name for path in folder.iterdir() if path.owner() != user)


@needs_root
@pytest.mark.sqlite
def test_what_root_makes_in_the_services_folder_belongs_to_its_owner(project: Project) -> None:
    for path in (project.folder, *project.folder.iterdir()):
        shutil.chown(path, "nobody")
    project.run("add", "2", "https://x.example/1", "100")
    assert not_of("nobody", project.folder) == []
    with project.daemon():
        eventually((project.folder / "tracker.db.seen").exists)
        # The shell made that one; a file that is being made is given to its owner a moment later.
        eventually(lambda: not_of("nobody", project.folder) == ["daemon.log"])
    made = project.run("backup", str(project.folder / "copy.db"))
    assert made.stdout.endswith("only nobody can read it.\n")
    project.run("restore", str(project.folder / "copy.db"))
    project.run("alerts", "templates", "--to", str(project.folder / "texts"))

    assert not_of("nobody", project.folder) == ["daemon.log"]
    assert not_of("nobody", project.folder / "texts") == []


@needs_root
def test_a_planted_link_does_not_get_roots_files_an_owner(shared: Path) -> None:
    shutil.chown(shared, "nobody")
    outside = shared / "shadow"
    outside.write_text("secret")
    (shared / "t.db.epoch").symlink_to(outside)
    (shared / "t.db.lock").hardlink_to(outside)
    with Database(f"sqlite:///{shared}/t.db").translate_errors():
        database = Database(f"sqlite:///{shared}/t.db")
        database.open()
        database.close()

    assert outside.owner() == "root"
    assert (shared / "t.db").owner() == "nobody"


@needs_root
def test_a_user_without_rights_is_told_whose_it_is(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config", "state"):
        (shared / name).mkdir(mode=0o700)
        shutil.chown(shared / name, "daemon")
    (shared / "config/config.yaml").write_text("panels: {p: {url: https://p.example, key_file: p.key}}\n")
    monkeypatch.setattr("tracker.config.places.CONFIGS", shared / "config")
    as_daemon = "it belongs to daemon: run `sudo -u daemon tracker …`"

    with acting_as("nobody"):
        with pytest.raises(ConfigError, match=as_daemon):
            find(None, {})
        with pytest.raises(ConfigError, match=as_daemon):
            load(shared / "config/config.yaml", {})
        with pytest.raises(StorageFault, match=as_daemon):
            Database(f"sqlite:///{shared}/state/tracker.db").open()
        assert whose_sentence(Path("/etc/shadow")) == "it belongs to root: run `sudo tracker …`"
        assert whose_sentence(Path("/nowhere/at/all")) == "it belongs to root: run `sudo tracker …`"
    assert whose_sentence(shared / "state/tracker.db") == "", "root may do all"


@needs_root
def test_a_key_that_root_left_in_the_services_folder_is_to_be_given_away(shared: Path) -> None:
    shutil.chown(shared, "nobody")
    (shared / "p.key").write_text("k\n")
    (shared / "p.key").chmod(0o600)
    (shared / "config.yaml").write_text("panels: {p: {url: https://p.example, key_file: p.key}}\n")
    (shared / "config.yaml").chmod(0o644)

    with acting_as("nobody"), pytest.raises(ConfigError, match=f"as root, run `chown nobody {shared}/p.key`"):
        load(shared / "config.yaml", {})


@needs_root
def test_home_means_to_root_what_it_means_to_the_owner(shared: Path) -> None:
    shutil.chown(shared, "daemon")
    text = "panels: {p: {url: https://p.example, key: k}}\ndatabase: sqlite:///~/t.db\n"
    home = pwd.getpwnam("daemon").pw_dir

    assert parse(text, shared / "config.yaml", {"HOME": "/root"}).database == f"sqlite:///{home}/t.db"


def test_who_queues_an_order_without_a_daemon_is_warned(project: Project) -> None:
    (project.folder / "orders.csv").write_text("service,link,quantity\n2,https://x.example/2,100\n")
    for command in (
        ("add", "2", "https://x.example/1", "100"),
        ("import", str(project.folder / "orders.csv")),
    ):
        said = project.run(*command)
        assert "Warning: no daemon works on " in said.stderr, "and the exit code is 0"
        assert "so nothing is sent yet; start one with `tracker run`" in said.stderr
        assert "Warning" not in said.stdout
    daemons.register(samples.a_database(project.folder), "1", now())

    assert project.run("add", "2", "https://x.example/3", "100").stderr.count("no daemon") == 0
