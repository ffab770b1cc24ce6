"""Nothing is promised of a database whose file is no longer where it was: nobody may ever read what is written there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.cli.test_web import KEY_OF_CLIENT, a_project, serving
from tests.daemon.test_page import a_free_port, status
from tests.support.browsers import served
from tests.support.gateways import Gateway
from tests.support.project import eventually
from tests.support.samples import a_database, a_draft, enqueued
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database

pytestmark = pytest.mark.sqlite

ADVICE = "while it was tried. Put it back"


def move(db: Database, folder: Path) -> None:
    """Move the file away, with what SQLite keeps beside it."""
    _move(Path(db.name).parent, folder)


def _move(from_: Path, to: Path) -> None:
    to.mkdir(exist_ok=True)
    for file in from_.glob("tracker.db*"):
        file.replace(to / file.name)


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_catalogue()
    made.db.watch_file(ADVICE)
    return made


def test_an_order_is_not_answered_for_until_the_file_is_back(gateway: Gateway, tmp_path: Path) -> None:
    home = Path(gateway.db.name).parent
    move(gateway.db, tmp_path / "aside")

    assert "try again later, with the same ref" in gateway.add(ref="r-1")["error"]
    assert "try again later" in gateway.ask("status", order="1")["error"]

    _move(tmp_path / "aside", home)
    assert gateway.orders() == []
    assert gateway.add(ref="r-1") == {"order": 1}


def test_an_order_is_not_answered_for_when_the_file_went_while_it_was_queued(
    gateway: Gateway, tmp_path: Path
) -> None:
    def now() -> int:
        if not (tmp_path / "aside").exists():
            move(gateway.db, tmp_path / "aside")
        return gateway.now

    gateway.site = replace(gateway.site, now=now)

    assert "try again later, with the same ref" in gateway.add(ref="r-1")["error"]


def test_the_page_shows_and_changes_nothing_and_monitors_are_told(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft("https://x.example/a"))
    db.watch_file(ADVICE)
    with served(db, tmp_path) as stage:
        browser = stage.browser()
        token = browser.token(f"/orders/{order.id}")
        move(db, tmp_path / "aside")

        dropped = browser.post(f"/orders/{order.id}/drop", {"token": token, "sure": "yes"})
        shown, health, figures = (browser.get(path) for path in ("/orders", "/healthz", "/metrics"))

    for refused in (dropped, shown, health):
        assert refused.status == 503
        assert "was deleted or moved while it was tried. Put it back" in refused.text
    assert "tracker_database_up 0.0" in figures.text
    assert db.sql("SELECT state FROM orders") == [("queued",)]


def test_a_page_of_its_own_tells_it_too(tmp_path: Path) -> None:
    port = a_free_port()

    def asked(action: str, **more: str) -> dict[str, str]:
        body = urlencode({"key": KEY_OF_CLIENT, "action": action, **more}).encode()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2", body, timeout=60) as answer:
                said: dict[str, str] = json.load(answer)
        except urllib.error.HTTPError as error:
            said = json.load(error)
        return said

    with PracticePanel() as panel:
        project = a_project(tmp_path, panel, port)
        project.run("services", "--refresh")
        with serving(project):
            eventually(lambda: status(port, "/login") == 200)
            assert asked("status", order="1") == {"error": "Incorrect order ID"}
            _move(tmp_path, tmp_path / "aside")

            answer = asked("add", service="2", link="https://x.example/a", quantity="100")

    assert "try again later" in answer["error"]
    assert "`tracker web` is started again" in (tmp_path / "web.log").read_text()
