"""A database that may have been put back is compared with the panel before the first order is sent."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tracker.orders.ledger import Range
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.reconciliation.rollback import Signs, ids_above, why_behind

NONE = Range(Decimal(0), Decimal(0))
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
