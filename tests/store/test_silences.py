"""A silence keeps alerts back, loses none of them, and ends with its time or with the incident that it was made for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.alerts.silences import Silence
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.operations import silencing
from tracker.operations.refused import Refused
from tracker.store import acts, deliveries, incidents, outbox, silences
from tracker.store.database import Database

DOWN = Notice(Event.PANEL_DOWN, "p", facts={"why": "no route"})
UP = Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)
PARTIAL = Notice(Event.ORDER_PARTIAL, "p", 7)


def post(db: Database, notice: Notice, now: int) -> None:
    with db.transaction():
        outbox.post(db, [notice], now)


def silence(db: Database, event: str, now: int = NOW, span: int = 8 * HOUR, **about: object) -> Silence:
    wanted = Silence(event, now, now + span, "the panel moves", "the operator")
    return silencing.silence(db, replace(wanted, **about))  # type: ignore[arg-type]


def told(db: Database, target: str = "ops") -> list[tuple[str, str]]:
    """Each alert and the state of its delivery, the oldest first."""
    return [(str(one.notice.event), one.state) for one in outbox.listed(db, target=target)][::-1]


def remind(db: Database, now: int) -> list[str]:
    """Send what waits, post what is due, and return what was posted."""
    before = len(outbox.listed(db))
    while (outgoing := deliveries.next_outgoing(db, "ops", now)) is not None:
        deliveries.mark_sent(db, outgoing, now)
    outbox.remind(db, now)
    return [str(one.notice.event) for one in outbox.listed(db)[: len(outbox.listed(db)) - before]]


def test_what_is_silenced_is_recorded_and_goes_to_nobody(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"), Subscription("desk"))
    silence(db, "order.*")
    post(db, PARTIAL, NOW + HOUR)
    post(db, DOWN, NOW + HOUR)

    assert told(db) == told(db, "desk") == [("order.partial", "silenced"), ("panel.down", "waiting")]
    assert [str(one.notice.event) for one in outbox.listed(db, "silenced", target="ops")] == ["order.partial"]
    assert deliveries.next_outgoing(db, "ops", NOW + DAY) is not None


def test_it_is_told_again_when_the_time_is_over_or_somebody_ends_it(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    silence(db, "order.partial", span=HOUR)
    post(db, PARTIAL, NOW + HOUR - 1)
    post(db, PARTIAL, NOW + HOUR)
    made = silence(db, "order.partial", NOW + HOUR)
    post(db, PARTIAL, NOW + 2 * HOUR)
    silencing.unsilence(db, made, "the operator", NOW + 3 * HOUR)
    post(db, PARTIAL, NOW + 3 * HOUR)

    assert [state for _, state in told(db)] == ["silenced", "waiting", "silenced", "waiting"]
    with pytest.raises(Refused, match="over already"):
        silencing.unsilence(db, made, "the operator", NOW + 4 * HOUR)


@pytest.mark.parametrize(
    ("about", "state"),
    [
        ({"panel": "p"}, "silenced"),
        ({"panel": "q"}, "waiting"),
        ({"tag": "july"}, "silenced"),
        ({"tag": "august"}, "waiting"),
        ({"panel": "p", "tag": "august"}, "waiting"),
        ({"order_id": 10**6}, "waiting"),
    ],
)
def test_a_panel_a_tag_and_an_order_each_narrow_it_down(
    tmp_path: Path, about: dict[str, object], state: str
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    [order] = enqueued(db, a_draft(tags=("july",)))
    silence(db, "*", **about)  # type: ignore[arg-type]
    post(db, replace(PARTIAL, order_id=order.id), NOW + HOUR)

    assert told(db) == [("order.partial", state)]


def test_the_reminders_of_what_was_told_before_are_silenced_and_its_end_is_told(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops", remind=(HOUR,)))
    post(db, DOWN, NOW)
    silence(db, "panel.down", NOW + MINUTE)
    assert remind(db, NOW + 2 * HOUR) == remind(db, NOW + 7 * HOUR) == []
    assert (incidents.next_due(db, NOW + 7 * HOUR) or 0) == NOW + MINUTE + 8 * HOUR
    post(db, UP, NOW + 7 * HOUR)

    assert told(db) == [("panel.down", "sent"), ("panel.up", "waiting")]


def test_the_end_of_what_nobody_heard_of_is_silenced_and_the_next_incident_is_told(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    silence(db, "panel.down")
    post(db, DOWN, NOW + HOUR)
    post(db, UP, NOW + 2 * HOUR)
    post(db, DOWN, NOW + 3 * HOUR)

    assert told(db) == [("panel.down", "silenced"), ("panel.up", "silenced"), ("panel.down", "waiting")]


def test_a_silence_of_the_family_keeps_the_end_back_too(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    post(db, DOWN, NOW)
    silence(db, "panel.*", NOW + MINUTE)
    post(db, UP, NOW + HOUR)

    assert told(db)[-1] == ("panel.up", "silenced")


@pytest.mark.parametrize("reminders", [(HOUR,), ()])
def test_what_still_lasts_when_the_time_is_over_is_told_then_and_once(
    tmp_path: Path, reminders: tuple[int, ...]
) -> None:
    db = a_database(tmp_path, Subscription("ops", remind=reminders))
    silence(db, "panel.*")
    post(db, DOWN, NOW + MINUTE)
    assert remind(db, NOW + 8 * HOUR - 1) == []

    assert remind(db, NOW + 8 * HOUR) == ["panel.down"]
    assert remind(db, NOW + 8 * HOUR + MINUTE) == []
    assert told(db) == [("panel.down", "silenced"), ("panel.down", "sent")]
    assert remind(db, NOW + 10 * HOUR) == (["panel.down"] if reminders else [])


def test_a_silence_says_who_wanted_it_and_why_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    made = silence(db, "panel.down", panel="p")

    assert [act.what for act in acts.newest(db, 9)] == ["silenced panel.down at p for 8 h: the panel moves"]
    assert silences.on(db, NOW) == [made]
    assert silences.on(db, NOW + 8 * HOUR) == []
    for event, span in (("panel.dwon", HOUR), ("alert.test", HOUR), ("*", 1), ("*", 400 * DAY)):
        with pytest.raises(Refused):
            silence(db, event, span=span)


def test_a_test_message_is_never_silenced_and_old_silences_are_forgotten(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    silence(db, "*")
    post(db, Notice(Event.ALERT_TEST), NOW)
    outbox.prune(db, NOW + 9 * HOUR, 10)

    assert told(db) == [("alert.test", "waiting")]
    assert silences.newest(db, 9) == []
