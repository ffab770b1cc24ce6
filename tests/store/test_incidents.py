"""A condition is reported once, with reminders and one notice of its end; a flapping panel is one long incident."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.samples import NOW, a_database
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.store import deliveries, incidents, outbox
from tracker.store.database import Database

DOWN = Notice(Event.PANEL_DOWN, "p", facts={"why": "no route"})
UP = Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)


def post(db: Database, notice: Notice, now: int) -> None:
    with db.transaction():
        outbox.post(db, [notice], now)


def deliver(db: Database, target: str, now: int) -> None:
    while (outgoing := deliveries.next_outgoing(db, target, now)) is not None:
        deliveries.mark_sent(db, outgoing, now)


def events(db: Database, target: str = "ops", state: str | None = None) -> list[str]:
    return [str(d.notice.event) for d in outbox.listed(db, state, 1000, target)][::-1]


def test_a_condition_is_reported_once_and_its_end_says_how_long_it_lasted(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    for minute in range(10):
        post(db, DOWN, NOW + minute * MINUTE)
    deliver(db, "ops", NOW + 11 * MINUTE)
    post(db, UP, NOW + 3 * HOUR)
    post(db, UP, NOW + 3 * HOUR)

    assert events(db) == ["panel.down", "panel.up", "panel.up"]
    assert outbox.listed(db)[1].notice.facts["lasted"] == "3 h"
    assert "lasted" not in outbox.listed(db)[0].notice.facts  # an end without an incident is sent as it came


def test_a_condition_that_began_and_ended_while_a_target_was_unavailable_is_one_message(
    tmp_path: Path,
) -> None:
    db = a_database(tmp_path, Subscription("ops"), Subscription("desk"))
    post(db, DOWN, NOW)
    deliver(db, "ops", NOW)
    post(db, UP, NOW + 2 * HOUR)

    assert events(db, "ops") == ["panel.down", "panel.up"]
    assert events(db, "desk", "waiting") == ["panel.up"]
    assert events(db, "desk", "superseded") == ["panel.down"]


def test_a_target_that_gets_a_condition_gets_its_end_once(tmp_path: Path) -> None:
    db = a_database(
        tmp_path,
        Subscription("downs", ("panel.down",)),
        Subscription("ups", ("panel.up",)),
        Subscription("both", ("panel.*",)),
        Subscription("money", ("balance.*",)),
    )
    post(db, DOWN, NOW)
    post(db, UP, NOW + HOUR)

    assert {name: len(events(db, name)) for name in ("downs", "ups", "both", "money")} == {
        "downs": 2, "ups": 1, "both": 2, "money": 0,
    }  # fmt: skip


def test_each_order_and_panel_has_its_own_incidents(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    lost = [Notice(Event.ORDER_UNKNOWN, "p", number) for number in (1, 2)]
    for notice in [*lost, *lost, DOWN, Notice(Event.PANEL_DOWN, "q")]:
        post(db, notice, NOW)
    assert len(events(db)) == 4

    post(db, Notice(Event.ORDER_ADOPTED, "p", 1, ends=Event.ORDER_UNKNOWN), NOW + HOUR)
    post(db, Notice(Event.ORDER_UNKNOWN, "p", 1, {"kind": "settled"}, ends=Event.ORDER_UNKNOWN), NOW + HOUR)
    assert events(db)[4:] == ["order.adopted"]  # what is not open any more is not closed a second time


def test_reminders_come_at_growing_intervals_while_it_lasts_and_survive_a_restart(tmp_path: Path) -> None:
    subscriptions = (Subscription("ops", remind=(4 * HOUR, DAY)), Subscription("desk", remind=()))
    db = a_database(tmp_path, *subscriptions)
    post(db, DOWN, NOW)
    at = []
    for hour in range(80):
        db.close()
        db = a_database(tmp_path, *subscriptions)
        for target in ("ops", "desk"):
            deliver(db, target, NOW + hour * HOUR)
        if outbox.remind(db, NOW + hour * HOUR):
            at.append(hour)
            deliver(db, "ops", NOW + hour * HOUR)

    assert at == [4, 4 + 24, 4 + 48, 4 + 72]
    assert events(db, "desk") == ["panel.down"]
    assert outbox.listed(db, target="ops")[0].notice.facts["why"] == "no route"


def test_a_target_is_not_reminded_of_what_still_waits_for_it(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    for hour in range(100):
        outbox.remind(db, NOW + hour * HOUR)
    assert events(db) == ["panel.down"]


def test_what_a_target_got_late_is_not_repeated_at_once(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops", remind=(4 * HOUR,)))
    post(db, DOWN, NOW)
    deliver(db, "ops", NOW + 7 * HOUR)  # after a quiet night

    reminded = [minute for minute in range(7 * 60, 12 * 60) if outbox.remind(db, NOW + minute * MINUTE)]
    assert reminded == [11 * 60]


def test_a_new_target_is_reminded_of_what_lasts(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    db.close()
    db = a_database(tmp_path, Subscription("ops"), Subscription("new"), Subscription("orders", ("order.*",)))
    outbox.remind(db, NOW + HOUR)
    assert (events(db, "new"), events(db, "orders")) == (["panel.down"], [])


def test_a_panel_that_flaps_each_minute_for_a_day_is_a_handful_of_messages(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    for minute in range(24 * 60):
        now = NOW + minute * MINUTE
        post(db, UP if minute % 2 else DOWN, now)
        outbox.remind(db, now + 30 * SECOND)
        deliver(db, "ops", now + 31 * SECOND)
    outbox.remind(db, NOW + 26 * HOUR)

    assert events(db) == ["panel.down", "panel.up", "panel.down", "panel.down", "panel.up"]
    end = outbox.listed(db)[0].notice.facts
    assert (end["lasted"], end["returns"]) == ("24 h", 718)


def test_an_end_that_waits_survives_a_restart_with_its_facts(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    post(db, UP, NOW + MINUTE)
    post(db, DOWN, NOW + 2 * MINUTE)
    up = Notice(Event.PANEL_UP, "p", facts={"host": "ünï", "orders": {"queued": 3}}, ends=Event.PANEL_DOWN)
    post(db, up, NOW + 3 * MINUTE)
    assert events(db) == ["panel.down", "panel.up", "panel.down"]
    db.close()
    db = a_database(tmp_path, Subscription("ops"))

    assert incidents.next_due(db, NOW + 3 * MINUTE) == NOW + 7 * MINUTE
    assert outbox.remind(db, NOW + 7 * MINUTE - 1) == 0
    assert outbox.remind(db, NOW + 7 * MINUTE) == 1
    facts = outbox.listed(db)[0].notice.facts
    assert (facts["host"], facts["orders"], facts["lasted"]) == ("ünï", {"queued": 3}, "60 s")
    assert incidents.next_due(db, NOW + 7 * MINUTE) is None


def test_an_end_that_an_older_version_stored_is_still_read(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    stored = json.dumps(["panel.up", json.dumps({"host": "vps"})])
    with db.transaction():
        db.many("UPDATE episodes SET calm_at = ?, ending = ?, returns = 2", [(NOW + MINUTE, stored)])

    assert outbox.remind(db, NOW + MINUTE) == 1
    end = outbox.listed(db)[0].notice
    assert end.event is Event.PANEL_UP
    assert end.facts["host"] == "vps"
    assert (end.facts["lasted"], end.facts["returns"]) == ("60 s", 2)


def test_a_delivery_that_an_older_version_called_folded_is_superseded_after_the_upgrade(
    tmp_path: Path,
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    post(db, UP, NOW + HOUR)
    assert events(db, state="superseded") == ["panel.down"]
    with db.transaction():
        db.many("UPDATE deliveries SET state = 'folded' WHERE state = 'superseded'", [()])
        db.many("DELETE FROM schema_migration WHERE name = '0008_superseded'", [()])
    db.close()

    db = a_database(tmp_path, Subscription("ops"))
    assert [one.state for one in outbox.listed(db)] == ["waiting", "superseded"]
