"""The whole job, on the real command, a real panel on a socket, and a real file."""

from __future__ import annotations

import csv
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Inbox, Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=20)) as panel:
        yield panel


def test_orders_from_a_csv_reach_their_ends_and_each_end_is_reported(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        house = Project(tmp_path, panel, alerts=inbox.target())
        rows = [("2", f"https://x.example/{n}", "50", f"r{n}") for n in range(60)]
        rows += [
            ("8", "https://x.example/p", "100", "partial"),
            ("9", "https://x.example/c", "100", "canceled"),
        ]
        rows += [
            ("10", "https://x.example/f", "50", "failed"),
            ("2", "https://x.example/m", "9000", "too-many"),
        ]
        with (tmp_path / "orders.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("service", "link", "quantity", "ref"), *rows])

        house.run("import", str(tmp_path / "orders.csv"))
        again = house.run("import", str(tmp_path / "orders.csv"))
        with house.daemon("--until-idle") as daemon:
            daemon.wait(timeout=90)

        assert again.stdout == "0 orders queued, 64 were already in the queue.\n"
        assert Counter(house.states().values()) == {
            "completed": 60, "partial": 1, "canceled": 1, "failed": 1, "rejected": 1,
        }  # fmt: skip
        assert len(panel.state.ledger) == 63
        assert panel.leaks == []
        alerts = house.json("alerts", "list", "--limit", "1000")
        assert len(alerts) == 64 + 2  # each order once; the daemon came and went
        assert {alert["state"] for alert in alerts} == {"sent"}
        assert 2 < len(inbox.bodies) < len(alerts)  # most of so many at once come together
        assert panel.state.balance == panel.state.opening - sum(
            Decimal(o["charge"]) for o in house.json("list", "--limit", "0") if o["charge"]
        )


def test_a_lost_answer_is_unknown_reported_and_settled_by_the_operator(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        house = Project(
            tmp_path, panel, alerts=inbox.target(), more="unknown: {looks: [2s, 1h], apart: false}\n"
        )
        panel.fault("add", "reset-after")
        house.run("add", "2", "https://x.example/lost", "50", "--ref", "lost")
        house.run("add", "2", "https://x.example/next", "50", "--ref", "next")
        with house.daemon("--until-idle", code=4) as daemon:
            daemon.wait(timeout=60)

        assert house.states() == {"lost": "unknown", "next": "completed"}
        told = " ".join(inbox.bodies)
        assert "tracker resolve 1 --adopt" in told
        assert "https://x.example/lost" in told

        (lost,) = (placed for placed in panel.state.ledger if placed.link.endswith("lost"))
        refused = house.run("resolve", "lost", "--adopt", "999999", code=2)
        assert "stays unknown" in refused.stderr
        house.run("resolve", "lost", "--adopt", str(lost.order_id))
        with house.daemon("--until-idle") as daemon:
            daemon.wait(timeout=60)

        assert house.states() == {"lost": "completed", "next": "completed"}
        assert len(panel.state.ledger) == 2


@pytest.mark.parametrize("fate", ["before", "after"])
def test_sigkill_during_an_add_leaves_an_unknown_order_and_no_second_one(
    tmp_path: Path, panel: PracticePanel, fate: str
) -> None:
    house = Project(tmp_path, panel, add_timeout="60s")
    panel.fault("add", f"hang-{fate}")
    house.run("add", "2", "https://x.example/a", "50")
    with house.daemon(code=-signal.SIGKILL) as daemon:
        eventually(lambda: panel.requests.count("add"))
        daemon.kill()
    assert house.states() == {"1": "submitting"}

    with house.daemon("--until-idle", code=4) as daemon:
        daemon.wait(timeout=60)

    assert house.states() == {"1": "unknown"}
    assert panel.requests.count("add") == 1


def test_sigterm_during_an_add_waits_for_the_answer_and_records_it(
    tmp_path: Path, panel: PracticePanel
) -> None:
    house = Project(tmp_path, panel, add_timeout="30s")
    house.run("add", "2", "https://x.example/a", "50")
    with house.daemon() as daemon:
        eventually(lambda: panel.requests.count("balance"))
        panel.latency = 2.0
        eventually(lambda: house.states() == {"1": "submitting"} or panel.requests.count("add"))
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=60) == 0

    assert set(house.states().values()) <= {"active", "completed"}
    assert len(panel.state.ledger) == 1


def test_a_released_order_is_sent_again_only_when_the_operator_says_so(
    tmp_path: Path, panel: PracticePanel
) -> None:
    house = Project(tmp_path, panel)
    panel.fault("add", "502-before")
    house.run("add", "2", "https://x.example/a", "50")
    with house.daemon("--until-idle", code=4) as daemon:
        daemon.wait(timeout=60)

    assert house.run("resolve", "1", "--release", stdin="n\n", code=130).stderr
    assert house.states() == {"1": "unknown"}
    house.run("resolve", "1", "--release", "--yes")
    with house.daemon("--until-idle") as daemon:
        daemon.wait(timeout=60)
    assert house.states() == {"1": "completed"}
    assert len(panel.state.ledger) == 1


def test_a_refused_key_stops_everything_until_resume(tmp_path: Path, panel: PracticePanel) -> None:
    house = Project(tmp_path, panel)
    panel.refuse_key = True
    house.run("add", "2", "https://x.example/a", "50")
    with house.daemon("--until-idle", code=4) as daemon:
        daemon.wait(timeout=60)
    asked = len(panel.requests)

    status = house.run("status", code=2)
    assert "tracker resume p" in status.stdout
    with house.daemon("--until-idle", code=4) as daemon:
        daemon.wait(timeout=60)
    assert len(panel.requests) == asked

    panel.refuse_key = False
    house.run("resume")
    with house.daemon("--until-idle") as daemon:
        daemon.wait(timeout=60)
    assert house.states() == {"1": "completed"}


def test_lack_of_funds_waits_for_the_balance_to_rise(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=20, balance=Decimal(100))) as panel, Inbox() as inbox:
        house = Project(tmp_path, panel, alerts=inbox.target("[balance.short]"))
        for name in "ab":
            house.run("add", "2", f"https://x.example/{name}", "50", "--ref", name)
        with house.daemon():
            eventually(lambda: inbox.bodies)
            eventually(lambda: house.states() == {"a": "queued", "b": "queued"})
            panel.state.deposit(Decimal(1000))
            eventually(lambda: house.states() == {"a": "completed", "b": "completed"})
            eventually(lambda: len(inbox.bodies) == 2)

        assert "needs more than the wallet holds" in inbox.bodies[0]
        assert "the funds suffice again" in inbox.bodies[1]


def test_two_orders_for_one_link_go_one_after_the_other(tmp_path: Path, panel: PracticePanel) -> None:
    house = Project(tmp_path, panel)
    panel.state.busy_links = True
    for name in "ab":
        house.run("add", "2", "https://x.example/same", "50", "--ref", name)
    with house.daemon("--until-idle") as daemon:
        daemon.wait(timeout=60)

    assert house.states() == {"a": "completed", "b": "completed"}
    assert panel.requests.count("add") == 2


@pytest.mark.sqlite
def test_a_second_daemon_on_the_same_file_is_refused(tmp_path: Path, panel: PracticePanel) -> None:
    house = Project(tmp_path, panel)
    with house.daemon():
        eventually(lambda: panel.requests.count("balance"))
        assert "another tracker daemon" in house.run("run", code=1).stderr


def test_no_secret_is_in_the_database_or_the_log(tmp_path: Path, panel: PracticePanel) -> None:
    house = Project(tmp_path, panel, more="log: {level: debug}\n")
    house.run("add", "2", "https://x.example/a", "50")
    panel.fault("status", "html")
    with house.daemon("--until-idle") as daemon:
        daemon.wait(timeout=60)

    assert panel.key not in house.log()
    dump = "\n".join(sqlite3.connect(tmp_path / "tracker.db").iterdump())
    assert panel.key not in dump
    assert "Traceback" not in house.log()


def test_a_practice_panel_of_the_other_dialect_works_alike(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=20)) as panel:
        house = Project(tmp_path, panel)
        house.run("add", "4", "https://x.example/a", "--comments", "one\ntwo")
        with house.daemon("--until-idle") as daemon:
            daemon.wait(timeout=60)

        assert house.states() == {"1": "completed"}
        assert panel.state.ledger[0].comments == "one\ntwo"
        assert house.json("show", "1")[0]["charge"] == "80"
