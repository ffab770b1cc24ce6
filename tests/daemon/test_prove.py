"""A database that may have been put back is compared with the panel before the first order is sent."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tests.support.samples import a_database, a_draft, enqueued, opened
from tracker.orders.ledger import Range
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.reconciliation.rollback import Signs, ids_above, why_behind
from tracker.store import epoch

NONE = Range(Decimal(0), Decimal(0))
ROSE = Range(Decimal(-5), Decimal(-5))
FIVE = Range(Decimal(5), Decimal(5))


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        (Signs(True), None),
        (Signs(True, NONE), None),
        (Signs(True, FIVE), "sank by 5 more"),
        (Signs(False, FIVE), None),
        (Signs(False, FIVE, queued=[Decimal(2), Decimal(3), Decimal(1)]), "what the next 2 queued"),
        (Signs(False, FIVE, queued=[Decimal(2), Decimal(2), Decimal(2)]), None),
        (Signs(False, None, queued=[Decimal(0)]), None),
        (Signs(True, Range(Decimal(-1), Decimal(4))), None),
        (Signs(True, None, ["7", "8"]), "nobody here placed: 7, 8"),
        (Signs(False, FIVE, [str(one) for one in range(9)]), "and 4 more"),
        (Signs(True, doubt="It"), "It, and the panel cannot show what was sent since: no order id could be"),
        (Signs(True, doubt="It"), "what the wallet should hold is not known"),
        (Signs(True, NONE, doubt="It"), None),
        (Signs(True, None, asked=True, doubt="It"), None),
        (Signs(True, ROSE, doubt="It"), "the wallet has risen since"),
        (Signs(True, ROSE, asked=True, doubt="It"), None),
        (Signs(True, FIVE, doubt="It"), "sank by 5 more"),
        (Signs(True, None, ["7"], asked=True, doubt="It"), "nobody here placed: 7"),
    ],
)
def test_what_shows_that_a_database_is_behind(signs: Signs, words: str | None) -> None:
    found = why_behind(signs)

    assert (found is None) if words is None else (found is not None and words in found)


@pytest.mark.parametrize(
    ("newest", "owned", "ids"),
    [
        ("7", [], ["8", "9"]),
        ("7", [9], ["10", "11"]),
        (None, [9], []),
        ("A7", [], []),
        ("٧", [], []),
        ("9" * 19, [], []),
    ],
)
def test_the_ids_just_above_the_newest_own_one(newest: str | None, owned: list[int], ids: list[str]) -> None:
    assert ids_above(newest, owned, 2) == ids


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=1000)) as panel:
        yield panel


def queue(project: Project, *names: str) -> None:
    rows = [f'{{"service": 2, "link": "https://x.example/{name}", "quantity": 100}}' for name in names]
    project.run("import", "-", "--format", "jsonl", stdin="\n".join(rows))


def settled(project: Project, panel: PracticePanel, count: int) -> None:
    """Run the daemon until an order is sent and the wallet was read with nothing on its way."""
    with project.daemon():
        eventually(lambda: len(panel.state.ledger) == count)
        eventually(lambda: set(project.states().values()) == {"completed"})
        time.sleep(1.2)  # the wallet is read every second


@pytest.mark.sqlite
def test_a_folder_that_was_rolled_back_sends_nothing_again(tmp_path: Path, panel: PracticePanel) -> None:
    home, old = tmp_path / "home", tmp_path / "old"
    home.mkdir()
    project = Project(home, panel)
    queue(project, "a")
    settled(project, panel, 1)
    queue(project, "b")
    shutil.copytree(home, old)
    project.run("run", "--until-idle")
    assert len(panel.state.ledger) == 2
    shutil.rmtree(home)
    old.rename(home)
    held = project.run("run", "--until-idle", code=4)
    assert "nobody here placed: 5002" in held.stderr
    assert "5002" in project.run("status", code=2).stdout
    project.run("resume")
    queue(project, "c")
    project.run("run", "--until-idle")
    assert len(panel.state.ledger) == 4, "as the operator said: b again, and c"


@pytest.mark.sqlite
def test_a_lone_database_copied_elsewhere_is_compared_first(tmp_path: Path, panel: PracticePanel) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    project, other = Project(home, panel), Project(elsewhere, panel)
    queue(project, "a")
    settled(project, panel, 1)
    queue(project, "b")
    shutil.copyfile(home / "tracker.db", elsewhere / "tracker.db")
    assert len(panel.state.ledger) == 1
    queue(other, "c")
    other.run("run", "--until-idle")
    assert len(panel.state.ledger) == 3, "nothing was sent since"
    refused = project.run("run", "--until-idle", code=4)  # what it calls queued was sent from the copy
    assert "nobody here placed" in refused.stderr
    assert len(panel.state.ledger) == 3


def ran(folder: Path, *links: str, times: int = 1) -> None:
    """Have a daemon run on a folder's database and send nothing; orders for these links are queued by then."""
    db = a_database(folder)
    enqueued(db, *(a_draft(link, service="2") for link in links))
    for _ in range(times):
        epoch.begin(db)
    db.close()
    opened.remove(db)


@pytest.mark.sqlite
def test_another_database_in_the_place_of_the_one_that_ran_is_not_taken_for_it(
    tmp_path: Path, panel: PracticePanel
) -> None:
    """Its number is the larger one, its inode that of the one before, and there is nothing to compare."""
    home, saved = tmp_path / "home", tmp_path / "saved.db"
    home.mkdir()
    project, database = Project(home, panel), home / "tracker.db"
    ran(home, "https://x.example/a", times=9)
    shutil.copyfile(database, saved)
    project.run("run", "--until-idle")
    assert len(panel.state.ledger) == 1
    for file in home.glob("tracker.db*"):
        file.unlink()
    ran(home)  # a new one, and empty
    inode = database.stat().st_ino
    shutil.copyfile(saved, database)
    assert database.stat().st_ino == inode

    held = project.run("run", "--until-idle", code=4)

    assert "it is not the database that ran here last, and the panel cannot show what was" in held.stderr
    assert len(panel.state.ledger) == 1


@pytest.mark.sqlite
def test_a_folder_that_is_moved_before_anything_was_sent_is_held_up_by_nothing(
    tmp_path: Path, panel: PracticePanel
) -> None:
    home, old = tmp_path / "home", tmp_path / "old"
    home.mkdir()
    project = Project(home, panel)
    ran(home, "https://x.example/a")
    home.rename(old)
    shutil.copytree(old, home)

    project.run("run", "--until-idle")

    assert len(panel.state.ledger) == 1
