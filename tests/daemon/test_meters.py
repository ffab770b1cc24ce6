"""What a daemon measures: each call, and how late the ends of orders are noticed; nothing where nobody looks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.project import Project, eventually
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.config.loader import load
from tracker.daemon.context import PanelContext
from tracker.daemon.meters import CALL_OUTCOMES, Meters, call_outcome, measured
from tracker.daemon.passes.keep_meters import EVERY, KeepMeters
from tracker.daemon.worker import PanelWorker
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.panel.exchange import Exchange, Request
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import changes, meters, orders
from tracker.store.database import Database, StorageFault
from tracker.store.meters import CALLS, NEWS, Key, Meter

STATUS = Request("status", {"order": "1"})


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        (Exchange(STATUS, sent=True, status=200), "answered"),
        (Exchange(STATUS, sent=True, status=301), "answered"),
        (Exchange(STATUS, sent=True, status=404), "http_error"),
        (Exchange(STATUS, sent=True, status=429), "too_many"),
        (Exchange(STATUS, sent=True, status=502), "http_error"),
        (Exchange(STATUS, sent=True, status=200, whole=False), "cut_short"),
        (Exchange(STATUS, sent=True, whole=False, error="timeout"), "no_answer"),
        (Exchange(STATUS, sent=False, whole=False, error="refused"), "not_sent"),
    ],
)
def test_each_exchange_has_an_outcome(exchange: Exchange, outcome: str) -> None:
    assert call_outcome(exchange) == outcome
    assert outcome in CALL_OUTCOMES


def counts(measured: Meters, meter: Meter) -> dict[str, int]:
    taken = measured.take()
    measured.give_back(taken)
    return {key.label: figure.count for key, figure in taken.items() if key.name == meter.name}


def measuring(stage: Stage) -> tuple[Meters, PanelWorker]:
    """A worker of which all is counted."""
    found = Meters()
    context: PanelContext = measured(stage.context(), found)
    return found, PanelWorker(context)


def test_every_call_of_a_panels_passes_is_counted_with_its_length(stage: Stage) -> None:
    found, worker = measuring(stage)
    enqueued(stage.db, a_draft(service="2"), a_draft("https://x.example/b", service="2"))
    stage.panel.fault("add", "reset-after")

    worker.submit.run()

    assert counts(found, CALLS) == {
        "balance answered": 2,
        "services answered": 1,
        "add no_answer": 1,
    }
    taken = found.take()
    assert all(0 < figure.total < 2 * SECOND for figure in taken.values())
    assert found.take() == {}


def test_a_call_that_the_panel_refuses_for_its_rate_is_told_apart(stage: Stage) -> None:
    found, worker = measuring(stage)
    stage.panel.fault("balance", "429")

    worker.balance.run()

    assert counts(found, CALLS) == {"balance too_many": 1}


def test_a_call_of_a_client_that_was_closed_is_none(stage: Stage) -> None:
    found, worker = measuring(stage)
    stage.client.close()

    worker.balance.run()

    assert found.take() == {}


def test_the_end_of_an_order_is_counted_by_how_late_it_was_noticed(stage: Stage) -> None:
    found, worker = measuring(stage)
    (number,) = stage.panel.state.fill(1, service=2)
    (order,) = enqueued(stage.db, a_draft(service="2", panel_order_id=str(number)))
    changes.apply(stage.db, [OrderChange(order, order._replace(checked_at=NOW - 3 * MINUTE), "")], NOW)
    stage.panel.state.end(number, "Completed")

    worker.track.run()

    assert stage.order(order.id).state is State.COMPLETED
    (figure,) = [figure for key, figure in found.take().items() if key.name == NEWS.name]
    assert (figure.count, figure.total) == (1, 3 * MINUTE)


def test_figures_that_cannot_be_written_are_written_later(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    found = Meters()
    keeping = KeepMeters(db, found, lambda: NOW)
    found.note_news("p", MINUTE)
    with db.transaction():
        db.sql("ALTER TABLE meters RENAME TO away")
    with pytest.raises(StorageFault):
        keeping.run()
    found.note_news("p", MINUTE)
    with db.transaction():
        db.sql("ALTER TABLE away RENAME TO meters")

    assert keeping.run() == EVERY

    assert meters.totals(db)[Key("p", NEWS.name)].count == 2


# -- the daemon -------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


def opened(project: Project) -> Database:
    db = Database(load(project.config, {}).database)
    db.open()
    return db


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_daemon_shows_its_figures_and_writes_the_last_ones_when_it_stops(project: Project) -> None:
    port = a_free_port()
    project.config.write_text(project.config.read_text() + f"web: {{listen: '127.0.0.1:{port}'}}\n")
    project.run("add", "2", "https://x.example/a", "50")
    with project.daemon():
        eventually(lambda: "active" in project.states().values())
        shown = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        health = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)

    assert 'tracker_orders{panel="p",state="active"} 1.0' in shown
    assert 'tracker_pass_running_seconds{panel="p",pass="submit",target=""}' in shown
    assert 'tracker_pass_last_end_timestamp_seconds{panel="",pass="meters",target=""}' in shown
    assert health.status_code == 200
    db = opened(project)
    found = {f"{key.name} {key.label}": figure.count for key, figure in meters.totals(db).items()}
    placed = next(orders.listed(db)).state
    db.close()
    assert placed is State.ACTIVE
    assert found["calls add answered"] == 1
    assert found["adds accepted"] == 1
    assert found["moves queued submitting"] == 1
