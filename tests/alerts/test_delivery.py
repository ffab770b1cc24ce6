"""Who gets an alert and when, what goes out next, and what follows a failed send, by table."""

from __future__ import annotations

import random

import pytest

from tracker.alerts.delivery import (
    BURST,
    BURST_TIME,
    CALM,
    DEAD_AFTER,
    GATHER,
    SUSPECT,
    Breaker,
    Delivery,
    Digest,
    Pace,
    Pending,
    Retry,
    Single,
    after_deaths,
    after_failure,
    choose,
    dead_if_failing_since,
    next_try,
)
from tracker.alerts.incidents import Alert
from tracker.alerts.quiet_hours import read_quiet_hours
from tracker.alerts.schedule import Due, recipients, schedule
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, read_rfc3339

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


# -- what goes out next ---------------------------------------------------------------------------------


LOW = Notice(Event.BALANCE_LOW, "p")
SENT_NOW = Pace((NOON - BURST_TIME + 1, *[NOON] * (BURST - 1)))
SENT_BEFORE = Pace((NOON - BURST_TIME + 1, *[NOON - GATHER] * (BURST - 1)))


def waiting(number: int, attempts: int = 0, notice: Notice = DONE.notice) -> Delivery:
    return Delivery(number, "ops", notice, NOON, in_digest=False, attempts=attempts)


def several(count: int, attempts: int = 0, first: int = 1) -> list[Delivery]:
    return [waiting(number, attempts) for number in range(first, first + count)]


MANY = Pending(several(BURST + 1), any_due=True)
TWO = Pending(several(2), any_due=True)
ONE = Pending(several(1), any_due=True)
URGENT_TOO = Pending(several(BURST + 1), urgent=[waiting(99, notice=LOW)], any_due=True)
URGENT_ALL = Pending(several(BURST + 1), urgent=several(2), any_due=True)
SUSPECTS = Pending((), several(3, SUSPECT), any_due=True)


@pytest.mark.parametrize(
    ("pending", "failures", "pace", "choice"),
    [
        (Pending(), 0, CALM, None),
        # Only a digest is due.
        (Pending(any_due=True), 0, CALM, Digest()),
        (Pending(any_due=True), 3, SENT_NOW, Digest()),
        # A target that takes messages gets them one by one, the oldest first, but for what is urgent.
        (ONE, 0, CALM, Single(waiting(1))),
        (MANY, 0, CALM, Single(waiting(1))),
        (URGENT_TOO, 0, CALM, Single(waiting(99, notice=LOW))),
        # What failed often lets the others go first.
        (Pending(several(1, first=9), several(1, SUSPECT), any_due=True), 0, CALM, Single(waiting(9))),
        (SUSPECTS, 0, CALM, Single(waiting(1, SUSPECT))),
        # The rest of a burst is gathered for a moment and comes together.
        (MANY, 0, SENT_NOW, None),
        (MANY, 0, SENT_BEFORE, Digest()),
        (ONE, 0, SENT_NOW, None),
        (ONE, 0, SENT_BEFORE, Single(waiting(1))),
        # As much as fills a message comes together at once, after what is urgent.
        (Pending(several(2), any_due=True, is_full=True), 0, CALM, Digest()),
        (Pending(several(2), any_due=True, is_full=True), 0, SENT_NOW, Digest()),
        (Pending(several(2), urgent=several(1), any_due=True, is_full=True), 0, SENT_NOW, Single(waiting(1))),
        (Pending(several(2), urgent=several(2), any_due=True, is_full=True), 0, CALM, Digest()),
        (Pending(several(1), any_due=True, is_full=True), 0, SENT_NOW, Single(waiting(1))),
        (Pending(any_due=True, is_full=True), 0, SENT_NOW, Digest()),
        # What is urgent does not wait; when that is many, it comes together.
        (URGENT_TOO, 0, SENT_NOW, Single(waiting(99, notice=LOW))),
        (URGENT_ALL, 0, SENT_NOW, Digest()),
        # What piled up while a target failed comes as one, however little it is and however short it waited.
        (ONE, 1, CALM, Single(waiting(1))),
        (TWO, 1, CALM, Digest()),
        (URGENT_TOO, 1, CALM, Digest()),
        (MANY, 1, SENT_NOW, Digest()),
        (SUSPECTS, 4, CALM, Digest()),
        # After many failures one is tried alone now and then, each in turn.
        (SUSPECTS, 5, CALM, Single(waiting(2, SUSPECT))),
        (SUSPECTS, 6, CALM, Digest()),
        (SUSPECTS, 7, CALM, Digest()),
        (SUSPECTS, 8, CALM, Single(waiting(3, SUSPECT))),
        (SUSPECTS, 11, CALM, Single(waiting(1, SUSPECT))),
    ],
)
def test_what_goes_out_next(
    pending: Pending, failures: int, pace: Pace, choice: Single | Digest | None
) -> None:
    assert choose(pending, failures, pace, NOON) == choice


def test_a_burst_is_so_many_messages_within_its_time() -> None:
    pace = CALM
    for _ in range(BURST):
        assert not pace.is_burst(NOON)
        pace = pace.after_send(NOON)

    assert pace.is_burst(NOON)
    assert pace.gathers_until(NOON + 1) == NOON + GATHER
    assert pace.is_burst(NOON + BURST_TIME - 1)
    assert not pace.is_burst(NOON + BURST_TIME)
    assert not pace.after_send(NOON + BURST_TIME).is_burst(NOON + BURST_TIME)
    assert len(pace.after_send(NOON).sent) == BURST


def test_a_clock_that_was_set_back_gathers_nothing_for_long() -> None:
    pace = Pace((NOON,) * BURST)

    assert not pace.is_burst(NOON - HOUR)
    assert pace.gathers_until(NOON - HOUR) <= NOON - HOUR + GATHER


# -- after a send ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("breaker", "attempts", "retry_after", "retry"),
    [
        # The wait grows with the failures in a row of the target or of the message, whichever are more.
        (Breaker(), 0, None, Retry(NOON + 30 * SECOND, Breaker(1, NOON + 30 * SECOND))),
        (Breaker(1), 0, None, Retry(NOON + 60 * SECOND, Breaker(2, NOON + 60 * SECOND))),
        (Breaker(), 2, None, Retry(NOON + 120 * SECOND, Breaker(1, NOON + 120 * SECOND))),
        # What the target asks for is granted when it is longer.
        (Breaker(), 0, HOUR, Retry(NOON + HOUR, Breaker(1, NOON + HOUR))),
        (Breaker(), 0, SECOND, Retry(NOON + 30 * SECOND, Breaker(1, NOON + 30 * SECOND))),
        # A message that failed often, at a target that takes others, waits alone.
        (Breaker(0, NOON - 1), SUSPECT, HOUR, Retry(NOON + HOUR, Breaker(1, NOON - 1))),
        (Breaker(0), SUSPECT - 1, HOUR, Retry(NOON + HOUR, Breaker(1, NOON + HOUR))),
        (Breaker(1, NOON), SUSPECT, HOUR, Retry(NOON + HOUR, Breaker(2, NOON + HOUR))),
        (Breaker(3, NOON, True), 0, HOUR, Retry(NOON + HOUR, Breaker(4, NOON + HOUR, True))),
    ],
)
def test_after_a_failure_the_target_is_left_alone_unless_the_message_is_suspect(
    breaker: Breaker, attempts: int, retry_after: int | None, retry: Retry
) -> None:
    assert after_failure(breaker, attempts, retry_after, NOON, 1.0) == retry


@pytest.mark.parametrize(
    ("before", "count", "notified"),
    [
        (Breaker(2), 0, False),
        (Breaker(2), 1, True),
        (Breaker(2, 5, True), 0, True),
        (Breaker(2, 5, True), 3, True),
    ],
)
def test_the_first_alert_that_dies_is_news_to_the_other_targets(
    before: Breaker, count: int, notified: bool
) -> None:
    after = after_deaths(before, count)

    assert after == Breaker(before.failures, before.open_until, notified)


def test_a_message_is_dead_three_days_after_it_failed_first() -> None:
    assert dead_if_failing_since(NOON) == NOON - 3 * DAY


@pytest.mark.parametrize(
    ("attempt", "jitter", "wait"),
    [
        *((1, 1.0, 30 * SECOND), (1, 0.5, 15 * SECOND), (2, 1.0, 60 * SECOND), (4, 1.0, 240 * SECOND)),
        *((8, 1.0, HOUR), (10_000, 1.0, HOUR), (10_000, 0.0, 5 * SECOND), (0, 1.0, 30 * SECOND)),
    ],
)
def test_waits_double_from_half_a_minute_to_an_hour(attempt: int, jitter: float, wait: int) -> None:
    assert next_try(attempt, NOON, jitter) == NOON + wait


def test_a_target_that_stays_down_is_tried_often_enough_and_not_too_often() -> None:
    chance = random.Random(1)
    now, tries = NOON, 0
    while now < NOON + DEAD_AFTER:
        tries += 1
        now = next_try(tries, now, chance.random())
    assert 100 < tries < 250


def test_a_burst_begins_with_the_oldest_of_its_messages() -> None:
    recent = [NOON - BURST_TIME + SECOND] * (BURST - 1)

    assert not Pace((NOON - BURST_TIME, *recent)).is_burst(NOON)
    assert Pace((NOON - BURST_TIME + 1, *recent)).is_burst(NOON)


def test_in_a_burst_more_is_gathered_since_the_last_message_and_else_nothing_is() -> None:
    sent = tuple(NOON - number * SECOND for number in range(BURST, 0, -1))

    assert Pace(sent).gathers_until(NOON) == NOON - SECOND + GATHER
    assert Pace(sent[1:]).gathers_until(NOON) == NOON
    assert CALM.gathers_until(NOON) == NOON


def test_of_a_burst_even_two_come_together() -> None:
    burst = Pace((NOON - GATHER,) * BURST)

    assert choose(Pending(several(2), any_due=True), 0, burst, NOON) == Digest()
    assert choose(Pending(several(1), any_due=True), 0, burst, NOON) == Single(several(1)[0])
