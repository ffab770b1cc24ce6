"""`tracker alerts`: what it lists, tests and shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.inboxes import HttpInbox
from tests.support.project import Project
from tests.support.samples import NOW, a_database
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.clock import now
from tracker.lib.times import HOUR
from tracker.practice.panel import PracticePanel
from tracker.store import outbox


@pytest.mark.parametrize("state", ["superseded", "folded"])
def test_superseded_deliveries_are_listed_by_their_state_and_by_its_old_name(
    tmp_path: Path, state: str
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    with db.transaction():
        outbox.post(db, [Notice(Event.PANEL_DOWN, "p")], NOW)
        outbox.post(db, [Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)], NOW + HOUR)
    with PracticePanel() as panel:
        project = Project(tmp_path, panel)

        (row,) = project.json("alerts", "list", "--state", state)

    assert (row["event"], row["target"], row["state"]) == ("panel.down", "ops", "superseded")


def test_a_webhook_is_tested_listed_and_shown_without_its_secrets(tmp_path: Path) -> None:
    secret = tmp_path / "hook.secret"
    secret.write_text("hush-hush-hush-42\n")
    secret.chmod(0o600)
    with PracticePanel() as panel, HttpInbox(403, b'{"error": "hush-hush-43 is no address"}') as inbox:
        url = f"http://127.0.0.1:{inbox.port}/hush-hush-43"
        project = Project(
            tmp_path, panel, alerts=f"{{name: shop, webhook: '{url}', secret_file: hook.secret}}"
        )
        project.config.chmod(0o600)

        tested = project.run("alerts", "test", code=1)
        listed = project.run("alerts", "list")
        (sample,) = project.json("alerts", "preview", "order.completed", "--webhook")

    (got,) = inbox.posts
    assert (got.path, got.json["event"], got.json["facts"]) == (
        "/hush-hush-43",
        "alert.test",
        {"target": "shop"},
    )
    assert tested.stdout == "shop: failed: it answered 403: [hidden] is no address\n"
    assert "it answered 403: [hidden] is no address" in listed.stdout
    assert list(sample) == list(got.json)
    assert sample["order"]["state"] == "completed"
    assert not any("hush" in done.stdout + done.stderr for done in (tested, listed))


def test_titles_are_those_of_the_messages_that_are_sent(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    with db.transaction():
        outbox.post(db, [Notice(Event.PANEL_DOWN, "p"), Notice(Event.DAEMON_STARTED)], NOW)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "panel.down.txt").write_text("$panel ist weg\n")
    (tmp_path / "words" / "panel.up.txt").write_text("$nope\n")
    with PracticePanel() as panel:
        project = Project(tmp_path, panel, more=f"templates: {tmp_path / 'words'}\n")
        titles = [row["title"] for row in project.json("alerts", "list")]
        live = project.run("watch").stdout
        piped = project.run("alerts", "list").stdout

    assert titles == ["Tracker started", "p ist weg"]
    assert "p ist weg" in live
    assert "p ist weg" in piped


def test_a_title_that_is_read_from_the_right_is_shown_without_its_marks(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    with db.transaction():
        outbox.post(db, [Notice(Event.DAEMON_STARTED, facts={"host": "desk"})], NOW)
    with PracticePanel() as panel:
        project = Project(tmp_path, panel, more="templates: fa\n")
        shown = project.run("alerts", "list").stdout + project.run("watch").stdout

    assert shown.count("desk شروع به کار کرد") == 2


def test_a_silence_is_made_listed_and_ended(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    with PracticePanel() as panel:
        project = Project(tmp_path, panel)
        [made] = project.json(
            "alerts", "silence", "panel.*", "--panel", "p", "--for", "8h", "--because", "a move"
        )
        with db.transaction():
            outbox.post(db, [Notice(Event.PANEL_DOWN, "p")], now())
        [kept_back] = project.json("alerts", "list", "--state", "silenced")
        listed = project.json("alerts", "silences")
        ended = project.run("alerts", "unsilence", str(made["id"])).stdout
        project.run("alerts", "unsilence", str(made["id"]), code=2)

    assert (made["event"], made["panel"], made["who"], made["because"]) == (
        "panel.*",
        "p",
        "the operator",
        "a move",
    )
    assert listed == [made]
    assert (kept_back["event"], kept_back["state"], kept_back["due_at"]) == ("panel.down", "silenced", None)
    assert ended == "The silence of panel.* at p is over.\n"
