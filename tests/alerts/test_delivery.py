"""Who gets an alert and when, by table: urgent or not, digests, quiet hours, reminders."""

from __future__ import annotations

import pytest

from tracker.alerts.delivery import Due, recipients, schedule
from tracker.alerts.incidents import Alert
from tracker.alerts.quiet_hours import read_quiet_hours
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import HOUR, MINUTE, read_rfc3339

NOON = read_rfc3339("2026-11-24T12:00:00Z")
NIGHT = read_rfc3339("2026-11-24T23:00:00Z")
MORNING = read_rfc3339("2026-11-25T07:00:00Z")
EVENING = read_rfc3339("2026-11-24T21:30:00Z")

QUIET = read_quiet_hours("22:00-07:00 UTC")
PLAIN = Subscription("ops")
DIGEST = Subscription("desk", digest=HOUR)
SLEEPS = Subscription("ops", quiet=QUIET)
BOTH = Subscription("desk", digest=HOUR, quiet=QUIET)

DONE = Alert(Notice(Event.ORDER_COMPLETED, "p", 1))
DOWN = Alert(Notice(Event.PANEL_DOWN, "p"), incident_id=1)
UP = Alert(Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN), incident_id=1)
UP_OF_NOTHING = Alert(Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN))
REMINDER = Alert(Notice(Event.PANEL_DOWN, "p"), incident_id=1, reminds="desk")
STILL_UNKNOWN = Alert(Notice(Event.ORDER_UNKNOWN, "p", 1, ends=Event.ORDER_UNKNOWN), incident_id=1)


@pytest.mark.parametrize(
    ("alert", "subscription", "open_digest_due", "now", "due"),
    [
        # Neither a digest nor quiet hours: all goes out at once.
        (DONE, PLAIN, None, NOON, Due(NOON)),
        (DOWN, PLAIN, None, NIGHT, Due(NIGHT)),
        (UP, PLAIN, None, NIGHT, Due(NIGHT)),
        # A digest: its first alert sets the time, and later ones join it.
        (DONE, DIGEST, None, NOON, Due(NOON + HOUR, in_digest=True)),
        (DONE, DIGEST, NOON + MINUTE, NOON, Due(NOON + MINUTE, in_digest=True)),
        # What is urgent does not wait for it, and neither does the end of an urgent incident.
        (DOWN, DIGEST, NOON + MINUTE, NOON, Due(NOON)),
        (UP, DIGEST, NOON + MINUTE, NOON, Due(NOON)),
        (STILL_UNKNOWN, DIGEST, None, NOON, Due(NOON)),
        # An end without an incident, and a reminder, can wait.
        (UP_OF_NOTHING, DIGEST, None, NOON, Due(NOON + HOUR, in_digest=True)),
        (REMINDER, DIGEST, None, NOON, Due(NOON + HOUR, in_digest=True)),
        # Quiet hours: only what is urgent and new goes out; the rest comes together when they end.
        (DONE, SLEEPS, None, NOON, Due(NOON)),
        (DONE, SLEEPS, None, NIGHT, Due(MORNING, in_digest=True)),
        (DOWN, SLEEPS, None, NIGHT, Due(NIGHT)),
        (UP, SLEEPS, None, NIGHT, Due(MORNING, in_digest=True)),
        (STILL_UNKNOWN, SLEEPS, None, NIGHT, Due(MORNING, in_digest=True)),
        (REMINDER, SLEEPS, None, NIGHT, Due(MORNING, in_digest=True)),
        (REMINDER, SLEEPS, None, NOON, Due(NOON)),
        # Both: a digest that would go out in quiet hours goes out when they end.
        (DONE, BOTH, None, NOON, Due(NOON + HOUR, in_digest=True)),
        (DONE, BOTH, None, EVENING, Due(MORNING, in_digest=True)),
        (DONE, BOTH, EVENING + MINUTE, EVENING, Due(EVENING + MINUTE, in_digest=True)),
        (DONE, BOTH, NIGHT + MINUTE, NIGHT, Due(MORNING, in_digest=True)),
        (DOWN, BOTH, None, NIGHT, Due(NIGHT)),
        (UP, BOTH, None, NIGHT, Due(MORNING, in_digest=True)),
        (UP, BOTH, None, NOON, Due(NOON)),
    ],
)
def test_an_alert_goes_out_at_once_or_in_a_digest(
    alert: Alert, subscription: Subscription, open_digest_due: int | None, now: int, due: Due
) -> None:
    assert schedule(alert, subscription, open_digest_due, now) == due


ALL = [
    Subscription("all"),
    Subscription("downs", ("panel.down",)),
    Subscription("ups", ("panel.up",)),
    Subscription("money", ("balance.*",)),
]


@pytest.mark.parametrize(
    ("alert", "only", "targets"),
    [
        (DONE, None, ["all"]),
        (DOWN, None, ["all", "downs"]),
        (UP, None, ["all", "downs", "ups"]),
        (DOWN, ["downs", "money"], ["downs"]),
        (DOWN, [], []),
        (Alert(DOWN.notice, 1, reminds="downs"), None, ["downs"]),
        (Alert(DOWN.notice, 1, reminds="money"), None, []),
        (Alert(Notice(Event.ALERT_TEST)), ["money"], ["money"]),
    ],
)
def test_an_alert_goes_to_the_targets_that_want_its_event_or_the_condition_that_it_ends(
    alert: Alert, only: list[str] | None, targets: list[str]
) -> None:
    assert [one.target for one in recipients(alert, ALL, only)] == targets
