"""The life of an incident, by table: what a notice does to it, when its end is reported, and who is reminded when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tracker.alerts.incidents import (
    Alert,
    Incident,
    IncidentChange,
    Received,
    after_notice,
    after_recovery,
    condition_of,
    due_reminders,
    end_due_at,
    ends_with_delay,
    next_reminder,
    recovery_delay,
    reminder_times,
)
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, rfc3339

BEGAN = 1_790_000_000_000_000
NOW = BEGAN + 3 * HOUR
TIMES = {"since": rfc3339(BEGAN), "lasted": "3 h"}

DOWN = Notice(Event.PANEL_DOWN, "p", facts={"why": "no route"})
UP = Notice(Event.PANEL_UP, "p", facts={"host": "h"}, ends=Event.PANEL_DOWN)
LOST = Notice(Event.ORDER_UNKNOWN, "p", 1)
FOUND = Notice(Event.ORDER_ADOPTED, "p", 1, ends=Event.ORDER_UNKNOWN)
SETTLED = Notice(Event.ORDER_UNKNOWN, "p", 1, {"kind": "settled"}, ends=Event.ORDER_UNKNOWN)
DONE = Notice(Event.ORDER_COMPLETED, "p", 1)

OPEN = Incident(Event.PANEL_DOWN, "p", None, BEGAN, {"why": "refused"}, id=7)
RECOVERING = replace(OPEN, recovering_since=NOW - MINUTE, ending=UP, reopened=2)
OPEN_ORDER = Incident(Event.ORDER_UNKNOWN, "p", 1, BEGAN, id=8)


@pytest.mark.parametrize(
    ("notice", "incident", "recently_ended", "change"),
    [
        # What is no condition and ends none is sent as it is.
        (DONE, None, 0, IncidentChange(notice=DONE)),
        # A condition opens an incident and is sent once; when it is raised again, only its facts are updated.
        (DOWN, None, 0, IncidentChange(None, replace(OPEN, id=0, raised_at=NOW, facts=DOWN.facts), DOWN)),
        (DOWN, OPEN, 0, IncidentChange(OPEN, replace(OPEN, facts=DOWN.facts))),
        # When it comes back during the recovery, the same incident continues, and nothing is sent.
        (DOWN, RECOVERING, 1, IncidentChange(RECOVERING, replace(OPEN, facts=DOWN.facts, reopened=3))),
        # An end without an incident is sent as it came, unless it only repeats the condition's own event.
        (UP, None, 0, IncidentChange(notice=UP)),
        (SETTLED, None, 0, IncidentChange()),
        # The first end in a day is sent at once, with how long it lasted.
        (
            UP,
            OPEN,
            0,
            IncidentChange(
                OPEN,
                replace(OPEN, recovering_since=NOW, ended_at=NOW),
                replace(UP, facts={"host": "h", **TIMES}),
            ),
        ),
        # After others it has to be over for a while; the end that comes again does not restart that time.
        (UP, OPEN, 1, IncidentChange(OPEN, replace(OPEN, recovering_since=NOW, ending=UP))),
        (UP, RECOVERING, 1, IncidentChange(RECOVERING, RECOVERING)),
        # The incident of an order ends at once, however many others have.
        (
            FOUND,
            OPEN_ORDER,
            9,
            IncidentChange(
                OPEN_ORDER,
                replace(OPEN_ORDER, recovering_since=NOW, ended_at=NOW),
                replace(FOUND, facts=TIMES),
            ),
        ),
    ],
)
def test_a_notice_opens_continues_or_ends_the_incident_of_its_condition(
    notice: Notice, incident: Incident | None, recently_ended: int, change: IncidentChange
) -> None:
    found = after_notice(notice, incident, recently_ended, NOW)

    assert found == change
    assert found.ends == (change.after is not None and change.after.ended_at is not None)


@pytest.mark.parametrize(
    ("notice", "condition"),
    [(DOWN, Event.PANEL_DOWN), (UP, Event.PANEL_DOWN), (SETTLED, Event.ORDER_UNKNOWN), (DONE, None)],
)
def test_a_notice_is_about_the_condition_that_it_raises_or_ends(
    notice: Notice, condition: Event | None
) -> None:
    assert condition_of(notice) is condition


@pytest.mark.parametrize(
    ("notice", "incident", "delayed"),
    [(UP, OPEN, True), (DOWN, OPEN, False), (UP, None, False), (FOUND, OPEN_ORDER, False)],
)
def test_only_the_end_of_a_panels_incident_may_have_to_wait(
    notice: Notice, incident: Incident | None, delayed: bool
) -> None:
    assert ends_with_delay(notice, incident) is delayed


@pytest.mark.parametrize(
    ("incident", "recently_ended", "due_at"),
    [
        (OPEN, 1, None),
        (RECOVERING, 0, NOW - MINUTE),
        (RECOVERING, 1, NOW + 3 * MINUTE),
        (RECOVERING, 9, NOW - MINUTE + HOUR),
    ],
)
def test_an_end_is_reported_once_it_has_been_over_for_long_enough(
    incident: Incident, recently_ended: int, due_at: int | None
) -> None:
    assert end_due_at(incident, recently_ended) == due_at
    if due_at is None:
        assert after_recovery(incident, recently_ended, NOW + DAY) is None
        return
    assert after_recovery(incident, recently_ended, due_at - 1) is None
    change = after_recovery(incident, recently_ended, due_at)
    assert change is not None
    assert change.after == replace(incident, ended_at=due_at)
    assert change.notice == replace(UP, facts={"host": "h", **TIMES, "returns": 2})
    assert change.ends


@pytest.mark.parametrize(
    ("subscription", "received", "reminded_at"),
    [
        (Subscription("ops"), Received(1, BEGAN), BEGAN + 4 * HOUR),
        (Subscription("ops"), Received(2, BEGAN + 4 * HOUR), BEGAN + 4 * HOUR + DAY),
        (Subscription("ops"), Received(9, BEGAN, waiting=True), None),
        (Subscription("ops", remind=(HOUR,)), Received(9, BEGAN), BEGAN + HOUR),
        (Subscription("ops", remind=()), Received(1, BEGAN), None),
        (Subscription("new"), Received(1, BEGAN), BEGAN),
        (Subscription("ops", ("order.*",)), Received(1, BEGAN), None),
        (Subscription("ops", ("panel.up",)), Received(1, BEGAN), None),
    ],
)
def test_a_target_is_reminded_of_what_it_wants_when_none_of_it_still_waits(
    subscription: Subscription, received: Received, reminded_at: int | None
) -> None:
    expected = {} if reminded_at is None else {subscription.target: reminded_at}

    assert reminder_times(OPEN, [subscription], {"ops": received}) == expected


def test_a_reminder_has_the_newest_facts_and_goes_to_the_target_that_is_due() -> None:
    reminders = due_reminders(OPEN, {"ops": NOW, "desk": NOW + 1}, NOW)

    facts = {"why": "refused", "since": rfc3339(BEGAN), "lasting": "3 h"}
    assert reminders == [Alert(Notice(Event.PANEL_DOWN, "p", facts=facts), 7, "ops")]


@pytest.mark.parametrize(
    ("recently_ended", "needed"), [(0, 0), (1, 4 * MINUTE), (2, 8 * MINUTE), (5, HOUR), (10_000, HOUR)]
)
def test_the_more_often_it_came_and_went_the_longer_it_must_be_over(recently_ended: int, needed: int) -> None:
    assert recovery_delay(recently_ended) == needed


def test_the_last_interval_repeats() -> None:
    assert [next_reminder(NOW, count, (4 * HOUR, DAY)) for count in (0, 1, 2, 9)] == [
        NOW, NOW + 4 * HOUR, NOW + DAY, NOW + DAY,
    ]  # fmt: skip
    assert next_reminder(NOW, 1, ()) is None


def test_the_incident_of_an_order_names_it_from_its_first_notice_to_its_reminders() -> None:
    opened = after_notice(LOST, None, 0, BEGAN).after

    assert opened == replace(OPEN_ORDER, id=0)
    (reminder,) = due_reminders(OPEN_ORDER, {"ops": NOW}, NOW)
    assert (reminder.notice.order_id, reminder.notice.panel, reminder.reminds) == (1, "p", "ops")


def test_an_incident_that_is_over_without_a_notice_of_its_end_waits_for_one() -> None:
    assert after_recovery(replace(OPEN, recovering_since=NOW - DAY), 0, NOW) is None
    assert after_recovery(replace(OPEN, ending=UP), 0, NOW) is None
