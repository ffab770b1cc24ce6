"""A panel that is renamed in the config: its orders are seen, nothing is queued twice, and a command moves them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import Project, eventually
from tests.support.samples import a_database, a_draft, enqueued
from tracker.accounts.account import Account
from tracker.accounts.renaming import merged, renamed
from tracker.orders.ledger import CostRange
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import renames
from tracker.store.tables import POSTGRESQL_ONLY, QUEUE

ROWS = "service,link,quantity\n2,https://x.example/1,50\n2,https://x.example/1,50\n2,https://x.example/2,50\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        (tmp_path / "orders.csv").write_text(ROWS)
        yield project


def rename_in_config(project: Project, old: str, new: str) -> None:
    project.config.write_text(project.config.read_text().replace(f"\n  {old}:\n", f"\n  {new}:\n"))


def imported(project: Project) -> str:
    return project.run("import", str(project.folder / "orders.csv")).stdout


def test_a_panel_renamed_in_the_config_only_is_warned_of_and_nothing_is_queued_twice(
    project: Project,
) -> None:
    imported(project)
    (placed,) = project.panel.state.fill(1, service=2)
    (project.folder / "placed.jsonl").write_text(
        json.dumps({"service": 2, "link": "https://x.example/p", "panel_order_id": str(placed)})
    )
    project.run("import", str(project.folder / "placed.jsonl"))
    project.run("add", "2", "https://x.example/r", "50", "--ref", "r")
    rename_in_config(project, "p", "shop")

    assert imported(project) == "0 orders queued, 3 were already in the queue.\n"
    assert project.run("import", str(project.folder / "placed.jsonl")).stdout.startswith("0 orders queued, 1")
    assert (
        "Order 5 already exists" in project.run("add", "2", "https://x.example/r", "50", "--ref", "r").stderr
    )
    assert "with other" in project.run("add", "2", "https://x.example/q", "50", "--ref", "r", code=2).stderr

    warning = "5 orders of panel p, which is not in the config (4 queued, 1 active)"
    assert warning in project.run("list").stderr
    shown = project.run("status", code=2).stdout
    assert f"WARNING: {warning}" in shown
    assert "p: not in the config; 4 queued, 1 active" in shown
    (status,) = project.json("status")
    assert any(warning in finding["text"] for finding in status["findings"])
    assert [one["name"] for one in status["not_in_config"]] == ["p"]
    with project.daemon("--until-idle", code=4) as daemon:
        daemon.wait(timeout=60)
    assert f"{warning}" in project.log()
    assert project.panel.requests.count("add") == 0


def test_rename_panel_moves_everything_and_the_daemon_goes_on_with_it(project: Project) -> None:
    imported(project)
    project.panel.fault("add", "reset-after")
    with project.daemon():
        eventually(lambda: "unknown" in project.states().values())
    before, history = project.json("show", "3"), project.json("show", "1")[0]["history"]
    assert "still in the config" in project.run("rename-panel", "p", "p", code=2).stderr
    rename_in_config(project, "p", "shop")
    with project.daemon():  # the panel has an account under the new name too
        eventually(lambda: project.json("status")[0]["panels"][0]["balance"])
        refused = project.run("rename-panel", "p", "shop", code=1).stderr
        assert "another tracker daemon" in refused or "stop every daemon" in refused
    assert "has no panel 'x'" in project.run("rename-panel", "p", "x", code=2).stderr
    assert "nothing is known" in project.run("rename-panel", "x", "shop", code=2).stderr

    assert (
        project.run("rename-panel", "p", "shop").stdout
        == "3 orders of panel p are now orders of panel shop.\n"
    )

    (after,) = project.json("show", "3")
    assert {**after, "waits": None} == {
        **before[0],
        "panel": "shop",
        "waits": None,
    }  # what it waits for passes
    assert project.json("show", "1")[0]["history"] == history
    assert imported(project) == "0 orders queued, 3 were already in the queue.\n"
    (status,) = project.json("status")
    assert status["not_in_config"] == []
    assert [status["panels"][0]["orders"][state] for state in ("queued", "unknown")] == [2, 1]
    rename_in_config(project, "shop", "store")
    project.run("rename-panel", "shop", "store")
    assert imported(project) == "0 orders queued, 3 were already in the queue.\n"
    assert "nothing is known" in project.run("rename-panel", "shop", "store", code=2).stderr


def test_every_table_that_names_a_panel_is_moved_or_put_together() -> None:
    named = {table.name for table in (*QUEUE, *POSTGRESQL_ONLY) if "panel" in table.columns}

    assert named == {*renames.MOVED, *renames.APART}


def test_two_names_with_orders_of_their_own_are_one_account_only_when_that_is_said(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft("https://x.example/1"), a_draft("https://x.example/2", panel="q"))
    for panel in "pq":
        with db.transaction():
            for table, columns, values in (
                ("services", "panel, id, name", (panel, "4", panel)),
                ("probes", "panel, number", (panel, 7)),
                ("episodes", "event, panel, raised_at, facts", ("panel.down", panel, 5, "{}")),
            ):
                db.many(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(values))})", [values])

    assert renames.rename(db, "p", "q") == 1

    assert db.sql("SELECT DISTINCT panel FROM orders") == [("q",)]
    assert db.sql("SELECT panel, orders FROM tallies WHERE orders > 0") == [("q", 2)]
    assert db.sql("SELECT name FROM services") == [("q",)]
    assert db.sql("SELECT COUNT(*) FROM episodes WHERE ended_at IS NULL") == [(1,)]
    assert "orders of panel p were added" in db.sql("SELECT doubt FROM accounts WHERE panel = 'q'")[0][0]
    assert renames.former_names(db, "q", ["q"]) == {"p"}


@pytest.mark.parametrize(
    ("old", "new", "one"),
    [
        ({"paused_at": 1, "newest_id": "7"}, {"balance_at": 9}, {"paused_at": 1, "newest_id": "7"}),
        ({}, {"paused_at": 2, "doubt": "why"}, {"paused_at": 2, "doubt": "why"}),
    ],
)
def test_what_stopped_an_account_still_stops_it_under_its_new_name(
    old: dict[str, Any], new: dict[str, Any], one: dict[str, Any]
) -> None:
    assert renamed(Account("p")._replace(**old), Account("q")._replace(**new)) == Account("q")._replace(**one)


def test_two_accounts_put_together_have_spent_the_sum_and_are_watched_from_a_new_mark() -> None:
    spent = CostRange(Decimal(2), Decimal(3))
    old, new = (Account(name, newest_id=newest, spent=spent) for name, newest in (("p", "99"), ("q", "100")))
    one = merged(old, new)

    assert (one.spent, one.newest_id, one.mark) == (CostRange(Decimal(4), Decimal(6)), "100", None)
    assert one.doubt is not None
