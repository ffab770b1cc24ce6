"""What each answer makes of an order, by table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.samples import NOW, an_intent, an_order
from tracker.events import Event
from tracker.lib.times import DAY
from tracker.orders.answers import Accepted, AddAnswer, Missing, NotSent, Reason, Refused, Report, Unanswered
from tracker.orders.order import ENDED, TRANSITIONS, State
from tracker.orders.resolution import (
    By,
    after_adopt,
    after_drop,
    after_release,
    after_retry,
    drop_fault,
    retry_fault,
)
from tracker.orders.status import BELIEVED_MISSING, after_status
from tracker.orders.submission import LINK_BUSY_REST, after_add, after_crash, before_add

SENT = an_order(state=State.SUBMITTING, attempts=1, submitted_at=NOW, due_at=None)
ACTIVE = an_order(state=State.ACTIVE, panel_order_id="104", attempts=1, due_at=NOW)
LATER = NOW + 60_000_000


@pytest.mark.parametrize(
    ("answer", "state", "events"),
    [
        (Accepted("104"), State.ACTIVE, []),
        (Refused(Reason.FUNDS, "Not enough funds"), State.QUEUED, []),
        (Refused(Reason.RATE, "429"), State.QUEUED, []),
        (Refused(Reason.LINK_BUSY, "active order with this link"), State.QUEUED, []),
        (Refused(Reason.ACCOUNT, "Invalid API key"), State.QUEUED, []),
        (Refused(Reason.PASSING, "maintenance"), State.QUEUED, []),
        (Refused(Reason.SERVICE, "Incorrect service ID"), State.REJECTED, [Event.ORDER_REJECTED]),
        (Refused(Reason.INPUT, "Bad link"), State.REJECTED, [Event.ORDER_REJECTED]),
        (NotSent("refused"), State.QUEUED, []),
        (Unanswered("timed out"), State.UNKNOWN, [Event.ORDER_UNKNOWN]),
    ],
)
def test_each_answer_to_an_add_leads_to_its_state(
    answer: AddAnswer, state: State, events: list[Event]
) -> None:
    change = after_add(SENT, answer, an_intent(), NOW, 60)

    assert change.after.state is state
    assert [notice.event for notice in change.notices] == events
    assert state in TRANSITIONS[SENT.state]


def test_an_accepted_order_has_its_panel_id_and_a_first_poll() -> None:
    after = after_add(SENT, Accepted("104", Decimal("30")), an_intent(), NOW, 60).after

    assert (after.panel_order_id, after.charge, after.due_at) == ("104", Decimal("30"), NOW + 60)


def test_an_order_refused_for_a_passing_reason_keeps_its_place_at_the_head_of_the_queue() -> None:
    after = after_add(SENT, Refused(Reason.FUNDS, "no funds"), an_intent(), NOW + 99, 60).after

    assert after.due_at == SENT.created_at


def test_an_order_refused_for_a_busy_link_waits_alone() -> None:
    after = after_add(SENT, Refused(Reason.LINK_BUSY, "busy"), an_intent(), NOW, 60).after

    assert after.due_at == NOW + LINK_BUSY_REST


def test_an_intent_counts_the_attempt_before_anything_is_sent() -> None:
    change = before_add(an_order(), an_intent(), "Tomans")

    assert (change.after.state, change.after.attempts, change.after.submitted_at) == (
        State.SUBMITTING,
        1,
        NOW,
    )
    assert change.evidence["balance_before"] == "5000"
    assert change.after.currency == "Tomans"


def test_a_crash_during_an_add_is_unknown_and_reported_with_all_that_is_known() -> None:
    change = after_crash(SENT, an_intent())
    facts = change.notices[0].facts

    assert change.after.state is State.UNKNOWN
    assert (facts["expected_charge"], facts["newest_id"], facts["order"]["ref"]) == ("3000", "103", "r-7")


@pytest.mark.parametrize("state", sorted(ENDED))
def test_each_end_is_reported_once(state: State) -> None:
    change = after_status(ACTIVE, Report("Word", state, remains=10), NOW, LATER)

    assert change is not None
    assert (change.after.state, change.after.finished_at, change.after.due_at) == (state, NOW, NOW + DAY)
    assert [notice.event for notice in change.notices] == [f"order.{state}"]


def test_nothing_new_is_no_change() -> None:
    known = ACTIVE._replace(panel_status="Processing", remains=50)

    assert after_status(known, Report("Processing", State.ACTIVE, remains=50), NOW, LATER) is None


def test_figures_that_a_panel_leaves_out_do_not_erase_what_is_known() -> None:
    known = ACTIVE._replace(charge=Decimal("3"), remains=50, start_count=7)
    change = after_status(known, Report("Processing", State.ACTIVE), NOW, LATER)

    assert change is not None
    assert (change.after.charge, change.after.remains, change.after.start_count) == (Decimal("3"), 50, 7)


def test_an_unknown_status_text_keeps_the_state_and_is_reported_once_each() -> None:
    change = after_status(ACTIVE, Report("Moderation", None), NOW, LATER)

    assert change is not None
    assert (change.after.state, change.after.panel_status) == (State.ACTIVE, "Moderation")
    assert [(n.event, n.once) for n in change.notices] == [(Event.ORDER_STUCK, "word:p:moderation")]


def test_an_end_that_the_panel_takes_back_is_reported_as_a_change() -> None:
    ended = ACTIVE._replace(state=State.COMPLETED, finished_at=NOW - 5)
    change = after_status(ended, Report("Processing", State.ACTIVE), NOW, LATER)

    assert change is not None
    assert (change.after.state, change.after.finished_at) == (State.ACTIVE, None)
    assert [n.event for n in change.notices] == [Event.ORDER_CHANGED]


def test_the_currency_of_a_status_answer_does_not_replace_the_wallets() -> None:
    change = after_status(
        ACTIVE._replace(currency="Tomans"), Report("Done", State.COMPLETED, currency="USD"), 1, 2
    )

    assert change is not None
    assert change.after.currency == "Tomans"


def test_a_denied_id_is_believed_only_after_several_polls_and_reported_once() -> None:
    order, told = ACTIVE, []
    for look in range(BELIEVED_MISSING + 3):
        change = after_status(order, Missing("Incorrect order ID"), NOW + look, LATER)
        assert change is not None
        order = change.after
        told.append(len(change.notices))

    assert order.state is State.ACTIVE
    assert told == [0] * (BELIEVED_MISSING - 1) + [1, 0, 0, 0]


def test_an_id_that_is_found_again_is_no_longer_missing() -> None:
    change = after_status(ACTIVE._replace(missing=3), Report("Processing", State.ACTIVE), NOW, LATER)

    assert change is not None
    assert change.after.missing == 0


def test_the_operator_can_adopt_and_release_an_unknown_order() -> None:
    unknown = SENT._replace(state=State.UNKNOWN)
    adopted = after_adopt(unknown, "105", Report("Processing", State.ACTIVE, Decimal("30")), By.OPERATOR, NOW)
    released = after_release(unknown, By.OPERATOR, NOW)

    assert (adopted.after.state, adopted.after.panel_order_id) == (State.ACTIVE, "105")
    assert [n.event for n in adopted.notices] == [Event.ORDER_ADOPTED]
    assert (released.after.state, released.after.panel_order_id) == (State.QUEUED, None)


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_safe_can_be_retried_or_dropped(state: State) -> None:
    order = an_order(state=state)

    assert (retry_fault(order, sent=True) is None) == (state is State.REJECTED)
    assert (retry_fault(order, sent=False) is None) == (state in (State.REJECTED, State.DROPPED))
    assert (drop_fault(order) is None) == (state in (State.QUEUED, State.UNKNOWN))


def test_what_the_operator_does_is_within_the_state_machine() -> None:
    for state in (State.REJECTED, State.DROPPED):
        assert after_retry(an_order(state=state), By.OPERATOR, NOW).after.state in TRANSITIONS[state]
    for state in (State.QUEUED, State.UNKNOWN):
        assert after_drop(an_order(state=state), By.OPERATOR, NOW).after.state in TRANSITIONS[state]
