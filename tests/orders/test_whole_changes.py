"""Each decision about an order, compared as a whole: every field, the reason, the evidence and the notices.

A decision that forgets a field costs money or hides an order, and no other test looks at all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_intent
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Accepted, Missing, NotSent, Reason, Refused, Report, Unanswered, Unlisted
from tracker.orders.change import OrderChange, order_facts
from tracker.orders.listing import listing
from tracker.orders.order import Order, State
from tracker.orders.polling import DurationModel, Limits, next_poll
from tracker.orders.resolution import (
    By,
    after_adopt,
    after_drop,
    after_never_sent,
    after_release,
    after_retry,
    drop_fault,
    retry_fault,
)
from tracker.orders.status import (
    BELIEVED_MISSING,
    SHORTEST_STALL,
    ServiceModel,
    StallLimit,
    Unchanged,
    after_future_progress,
    after_poll,
    after_stall,
    after_status,
    progressed_at,
    stall_limit,
)
from tracker.orders.submission import (
    LINK_BUSY_REST,
    after_add,
    after_check,
    after_crash,
    before_add,
)

LATER = NOW + HOUR
INTENT = an_intent()
KNOWN: dict[str, Any] = {
    "submitted_at": "2026-09-21T14:13:20.000Z",
    "expected_charge": "3000",
    "balance_before": "5000",
    "balance_at": "2026-09-21T14:13:19.999Z",
    "newest_id": "103",
}


def order(state: State, **values: Any) -> Order:
    """An order with a value of its own in each field, so that none can be lost or swapped unnoticed."""
    full: dict[str, Any] = {
        "id": 7, "panel": "p", "service": "4", "link": "https://x.example/a", "quantity": 100, "comments": "a\nb",
        "fields": {"runs": "2"}, "ref": "r-7", "state": state, "created_at": NOW - 9, "panel_order_id": "104",
        "panel_status": "Pending", "charge": Decimal("30.5"), "expected_charge": Decimal(31), "currency": "USD",
        "start_count": 5, "remains": 60, "attempts": 3, "last_error": "an older error", "submitted_at": NOW - 8,
        "checked_at": NOW - 7, "finished_at": NOW - 6, "due_at": NOW - 5, "missing": 2, "progressed_at": NOW - 4,
        "stuck_at": NOW - 3,
    }  # fmt: skip
    return Order(**{**full, **values})


def change(
    before: Order,
    why: str,
    evidence: Mapping[str, Any] | None = None,
    notices: tuple[Notice, ...] = (),
    **after: Any,
) -> OrderChange:
    return OrderChange(before, before._replace(**after), why, evidence or {}, notices)


def notice(
    event: Event, before: Order, after: Mapping[str, Any], *, once: str | None = None, ends: Event | None = None,
    **facts: Any,
) -> Notice:  # fmt: skip
    told = {"order": order_facts(before._replace(**after)), **facts}
    return Notice(event, panel="p", order_id=7, facts=told, once=once, ends=ends)


def test_the_facts_of_an_order_are_json_under_fixed_names() -> None:
    assert order_facts(order(State.ACTIVE)) == {
        "id": 7, "ref": "r-7", "panel": "p", "service": "4", "link": "https://x.example/a", "quantity": 100,
        "units": 100, "charge": "30.5", "expected_charge": "31", "currency": "USD", "remains": 60, "panel_order_id": "104",
        "panel_status": "Pending", "state": "active", "last_error": "an older error",
    }  # fmt: skip


# -- the add --------------------------------------------------------------------------------------------


def test_an_order_that_fails_its_check_is_rejected_and_reported() -> None:
    before = order(State.QUEUED)
    after: dict[str, Any] = {
        "state": State.REJECTED,
        "last_error": "too few",
        "finished_at": LATER,
        "due_at": None,
    }

    assert after_check(before, "too few", LATER) == change(
        before,
        "checked before sending: too few",
        notices=(notice(Event.ORDER_REJECTED, before, after, words="too few"),),
        **after,
    )


@pytest.mark.parametrize(("wallets", "currency"), [("EUR", "EUR"), (None, "USD")])
def test_an_intent_is_recorded_with_all_that_was_known(wallets: str | None, currency: str) -> None:
    before = order(State.QUEUED)

    assert before_add(before, INTENT, wallets) == change(
        before,
        "sending, attempt 4",
        KNOWN,
        state=State.SUBMITTING,
        attempts=4,
        submitted_at=NOW,
        expected_charge=Decimal(3000),
        currency=currency,
        due_at=None,
    )


def test_what_was_not_known_of_the_wallet_is_null_in_the_evidence() -> None:
    intent = an_intent(balance=None, balance_at=None, newest_id=None, expected_charge=None)

    assert before_add(order(State.QUEUED), intent, None).evidence == {
        **KNOWN,
        "expected_charge": None,
        "balance_before": None,
        "balance_at": None,
        "newest_id": None,
    }


@pytest.mark.parametrize(
    ("told", "charge"),
    [(Decimal("29.99"), Decimal("29.99")), (Decimal(0), Decimal(0)), (None, Decimal("30.5"))],
)
def test_an_accepted_order_is_active_under_its_id(told: Decimal | None, charge: Decimal) -> None:
    before = order(State.SUBMITTING)

    assert after_add(before, Accepted("105", told), INTENT, LATER, 60) == change(
        before,
        "the panel took it as 105",
        state=State.ACTIVE,
        panel_order_id="105",
        charge=charge,
        last_error=None,
        due_at=LATER + 60,
        progressed_at=NOW - 8,
    )


@pytest.mark.parametrize(
    ("reason", "due_at"),
    [
        (Reason.FUNDS, NOW - 9),
        (Reason.RATE, NOW - 9),
        (Reason.ACCOUNT, NOW - 9),
        (Reason.PASSING, NOW - 9),
        (Reason.LINK_BUSY, LATER + LINK_BUSY_REST),
    ],
)
def test_a_passing_refusal_keeps_the_place_in_the_queue_unless_it_is_about_the_order(
    reason: Reason, due_at: int
) -> None:
    before = order(State.SUBMITTING)

    assert after_add(before, Refused(reason, "not now"), INTENT, LATER, 60) == change(
        before, "the panel refused for now: not now", state=State.QUEUED, last_error="not now", due_at=due_at
    )


@pytest.mark.parametrize("reason", [Reason.SERVICE, Reason.INPUT])
def test_a_refusal_of_the_order_itself_is_final_and_reported(reason: Reason) -> None:
    before = order(State.SUBMITTING)
    after: dict[str, Any] = {"state": State.REJECTED, "last_error": "bad link", "finished_at": LATER}

    assert after_add(before, Refused(reason, "bad link"), INTENT, LATER, 60) == change(
        before,
        "the panel refused it: bad link",
        notices=(notice(Event.ORDER_REJECTED, before, after, words="bad link"),),
        **after,
    )


def test_what_was_not_sent_keeps_its_place_in_the_queue() -> None:
    before = order(State.SUBMITTING)

    assert after_add(before, NotSent("no route"), INTENT, LATER, 60) == change(
        before, "not sent: no route", state=State.QUEUED, last_error="no route", due_at=NOW - 9
    )


def unknown(before: Order, why: str) -> OrderChange:
    after: dict[str, Any] = {"state": State.UNKNOWN, "last_error": why, "checked_at": None, "due_at": None}
    told = notice(Event.ORDER_UNKNOWN, before, after, why=why, **KNOWN)
    return change(before, why, KNOWN, (told,), **after)


def test_a_lost_answer_leaves_the_order_unknown_with_all_that_was_known() -> None:
    before = order(State.SUBMITTING)

    assert after_add(before, Unanswered("it broke", "9"), INTENT, LATER, 60) == unknown(before, "it broke")
    died = "tracker stopped before the panel's answer was recorded"
    assert after_crash(before, INTENT) == unknown(before, died)


# -- the operator's and the evidence's verdicts ---------------------------------------------------------


@pytest.mark.parametrize(("known", "currency"), [("USD", "USD"), (None, "EUR")])
def test_an_adopted_order_is_as_the_panel_says(known: str | None, currency: str) -> None:
    before = order(State.UNKNOWN, currency=known)
    report = Report("In progress", State.ACTIVE, Decimal("12.50"), "EUR", 8, 70)
    after: dict[str, Any] = {
        "state": State.ACTIVE, "panel_order_id": "105", "panel_status": "In progress", "charge": Decimal("12.50"),
        "currency": currency, "start_count": 8, "remains": 70, "last_error": None, "checked_at": LATER,
        "due_at": LATER, "progressed_at": LATER,
    }  # fmt: skip
    ends = Event.ORDER_UNKNOWN

    assert after_adopt(before, "105", report, By.OPERATOR, LATER) == change(
        before,
        "adopted as 105 by the operator",
        {"panel_order_id": "105", "by": "the operator", "panel_status": "In progress", "charge": "12.50"},
        (notice(Event.ORDER_ADOPTED, before, after, ends=ends, by="the operator"),),
        **after,
    )


def test_a_released_order_is_queued_and_its_incident_ends() -> None:
    before = order(State.UNKNOWN)
    after: dict[str, Any] = {"state": State.QUEUED, "last_error": None, "checked_at": None, "due_at": LATER}
    ends = Event.ORDER_UNKNOWN
    told = notice(Event.ORDER_UNKNOWN, before, after, ends=ends, kind="settled", how="it is queued again")

    assert after_release(before, By.OPERATOR, LATER) == change(
        before, "released by the operator: the panel did not take it", notices=(told,), **after
    )


def test_an_order_that_was_proven_never_sent_is_queued_at_its_old_place() -> None:
    before, why = order(State.UNKNOWN), "the lease was lost"
    after: dict[str, Any] = {"state": State.QUEUED, "last_error": why, "checked_at": None, "due_at": NOW - 9}
    how = "it was never sent, and is queued again"
    notices = (notice(Event.ORDER_UNKNOWN, before, after, ends=Event.ORDER_UNKNOWN, kind="settled", how=how),)

    assert after_never_sent(before, why) == change(
        before, "never sent: the lease was lost", {"attempt": 3, "sent": False, "why": why}, notices, **after
    )


def test_a_retried_order_is_queued() -> None:
    before = order(State.REJECTED)

    assert after_retry(before, By.OPERATOR, LATER) == change(
        before,
        "queued again by the operator",
        state=State.QUEUED,
        last_error=None,
        finished_at=None,
        due_at=LATER,
    )


def test_a_dropped_order_is_over_and_ends_its_incident_if_it_had_one() -> None:
    after: dict[str, Any] = {"state": State.DROPPED, "finished_at": LATER, "due_at": None}
    queued, lost = order(State.QUEUED), order(State.UNKNOWN)
    ends = Event.ORDER_UNKNOWN
    told = notice(Event.ORDER_UNKNOWN, lost, after, ends=ends, kind="settled", how="it was given up")

    assert after_drop(queued, By.OPERATOR, LATER) == change(queued, "given up by the operator", **after)
    assert after_drop(lost, By.OPERATOR, LATER) == change(
        lost, "given up by the operator", notices=(told,), **after
    )


@pytest.mark.parametrize(
    ("state", "sent", "fault"),
    [
        (State.REJECTED, True, None),
        (State.REJECTED, False, None),
        (State.DROPPED, False, None),
        (State.DROPPED, True, "it was sent before it was dropped, so sending it again could pay twice"),
        (State.UNKNOWN, True, "what became of it is not known; settle it with `tracker resolve` first"),
        (State.QUEUED, False, "it is queued; only rejected and dropped orders can be retried"),
        (State.ACTIVE, True, "it is active; only rejected and dropped orders can be retried"),
    ],
)
def test_only_what_was_surely_not_taken_can_be_retried(state: State, sent: bool, fault: str | None) -> None:
    assert retry_fault(order(state), sent) == fault


@pytest.mark.parametrize("state", State)
def test_only_queued_and_unknown_orders_can_be_dropped(state: State) -> None:
    can = state in (State.QUEUED, State.UNKNOWN)
    assert drop_fault(order(state)) == (
        None if can else f"it is {state}; only queued and unknown orders can be dropped"
    )


# -- status answers -------------------------------------------------------------------------------------

REPORT = Report("Processing", State.ACTIVE, Decimal("31.5"), "EUR", 6, 50)
TAKEN: dict[str, Any] = {
    "panel_status": "Processing", "charge": Decimal("31.5"), "currency": "USD", "start_count": 6, "remains": 50,
    "missing": 0, "checked_at": LATER, "finished_at": None, "due_at": LATER + MINUTE, "progressed_at": LATER,
    "stuck_at": None, "last_error": None, "started_at": LATER,
}  # fmt: skip
ENDS_UNSTARTED = (State.CANCELED, State.FAILED)


def test_all_that_the_panel_reports_is_taken_over() -> None:
    before = order(State.ACTIVE, stuck_at=None)

    assert after_status(before, REPORT, LATER, LATER + MINUTE) == change(
        before, "the panel says Processing", **TAKEN
    )


def test_what_the_panel_leaves_out_stays_as_it_was() -> None:
    before = order(State.ACTIVE, stuck_at=None, currency=None)
    report = Report("Processing", State.ACTIVE, currency="EUR")
    kept: dict[str, Any] = {
        **TAKEN,
        "charge": Decimal("30.5"),
        "start_count": 5,
        "remains": 60,
        "currency": "EUR",
    }

    assert after_status(before, report, LATER, LATER + MINUTE) == change(
        before, "the panel says Processing", **kept
    )


def test_progress_ends_the_incident_of_a_stall() -> None:
    before = order(State.ACTIVE)
    told = notice(Event.ORDER_STUCK, before, TAKEN, ends=Event.ORDER_STUCK, kind="moves")

    assert after_status(before, REPORT, LATER, LATER + MINUTE) == change(
        before, "the panel says Processing", notices=(told,), **TAKEN
    )


@pytest.mark.parametrize(("since", "stuck_at"), [(NOW - 3, NOW - 3), (None, LATER)])
def test_an_unknown_status_text_keeps_the_state_and_is_reported(since: int | None, stuck_at: int) -> None:
    before = order(State.ACTIVE, stuck_at=since)
    after: dict[str, Any] = {
        **TAKEN,
        "panel_status": "WaItInG",
        "stuck_at": stuck_at,
        "started_at": None,
    }
    told = notice(Event.ORDER_STUCK, before, after, once="word:p:waiting", kind="word", word="WaItInG")

    assert after_status(
        before, REPORT._replace(status_text="WaItInG", state=None), LATER, LATER + MINUTE
    ) == change(before, "the panel says WaItInG", notices=(told,), **after)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.COMPLETED, Event.ORDER_COMPLETED),
        (State.PARTIAL, Event.ORDER_PARTIAL),
        (State.CANCELED, Event.ORDER_CANCELED),
        (State.FAILED, Event.ORDER_FAILED),
    ],
)
@pytest.mark.parametrize("stuck_at", [None, NOW - 3])
def test_an_end_is_recorded_reported_and_checked_again_a_day_later(
    state: State, event: Event, stuck_at: int | None
) -> None:
    before = order(State.ACTIVE, stuck_at=stuck_at)
    started = {"started_at": None if state in ENDS_UNSTARTED else LATER, "paid": before.charge}
    after: dict[str, Any] = {
        **TAKEN, "state": state, "finished_at": LATER, "due_at": LATER + DAY, **started
    }  # fmt: skip
    told = notice(event, before, after, ends=None if stuck_at is None else Event.ORDER_STUCK)

    assert after_status(before, REPORT._replace(state=state), LATER, LATER + MINUTE) == change(
        before, "the panel says Processing", notices=(told,), **after
    )


def test_an_end_that_the_panel_takes_back_is_a_change() -> None:
    before = order(State.COMPLETED, stuck_at=None)
    back: dict[str, Any] = {**TAKEN, "state": State.ACTIVE}
    other: dict[str, Any] = {**TAKEN, "state": State.PARTIAL, "finished_at": LATER, "due_at": LATER + DAY}
    to_active: dict[str, Any] = {"from": "completed", "to": "active"}
    to_partial: dict[str, Any] = {"from": "completed", "to": "partial"}

    assert after_status(before, REPORT, LATER, LATER + MINUTE) == change(
        before,
        "the panel says Processing",
        notices=(notice(Event.ORDER_CHANGED, before, back, **to_active),),
        **back,
    )
    assert after_status(before, REPORT._replace(state=State.PARTIAL), LATER, LATER + MINUTE) == change(
        before,
        "the panel says Processing",
        notices=(notice(Event.ORDER_CHANGED, before, other, **to_partial),),
        **other,
    )


def test_other_figures_of_an_order_that_is_over_keep_its_end() -> None:
    before = order(State.PARTIAL, stuck_at=None)
    after: dict[str, Any] = {**TAKEN, "state": State.PARTIAL, "finished_at": NOW - 6, "due_at": NOW - 6 + DAY}

    assert after_status(before, REPORT._replace(state=State.PARTIAL), NOW, NOW + MINUTE) == change(
        before,
        "the panel says Processing",
        **{**after, "checked_at": NOW, "progressed_at": NOW, "started_at": NOW},
    )


SAME = Report("Pending", State.ACTIVE, Decimal("30.5"), "EUR", 5, 60)


@pytest.mark.parametrize(
    "report",
    [SAME, SAME._replace(charge=None, currency=None, start_count=None, remains=None)],
)
def test_the_same_report_again_is_no_news(report: Report) -> None:
    assert after_status(order(State.ACTIVE, missing=0, last_error=None), report, LATER, LATER) is None


@pytest.mark.parametrize(
    "report",
    [
        SAME._replace(status_text="Processing"),
        SAME._replace(state=State.COMPLETED),
        SAME._replace(state=None),
        SAME._replace(charge=Decimal("30.6")),
        SAME._replace(start_count=6),
        SAME._replace(remains=59),
    ],
)
def test_any_other_figure_is_news(report: Report) -> None:
    assert after_status(order(State.ACTIVE, missing=0, last_error=None), report, LATER, LATER) is not None


def test_an_id_that_is_known_again_and_a_first_currency_are_news() -> None:
    assert after_status(order(State.ACTIVE, missing=1, last_error=None), SAME, LATER, LATER) is not None
    assert after_status(order(State.ACTIVE, missing=0), SAME, LATER, LATER) is not None
    assert (
        after_status(order(State.ACTIVE, missing=0, last_error=None, currency=None), SAME, LATER, LATER)
        is not None
    )


@pytest.mark.parametrize(("since", "stuck_at"), [(NOW - 3, NOW - 3), (None, LATER)])
def test_a_denied_id_is_counted_and_reported_at_the_fifth(since: int | None, stuck_at: int) -> None:
    why = "the panel says it has no such order: no such order"
    denied: dict[str, Any] = {"checked_at": LATER, "due_at": LATER + MINUTE, "last_error": "no such order"}
    fourth = order(State.ACTIVE, missing=BELIEVED_MISSING - 2, stuck_at=since)
    fifth = order(State.ACTIVE, missing=BELIEVED_MISSING - 1, stuck_at=since)
    sixth = order(State.ACTIVE, missing=BELIEVED_MISSING, stuck_at=since)
    after: dict[str, Any] = {**denied, "missing": BELIEVED_MISSING, "stuck_at": stuck_at}
    told = notice(Event.ORDER_STUCK, fifth, after, kind="missing", words="no such order")

    answer = Missing("no such order")
    assert after_status(fourth, answer, LATER, LATER + MINUTE) == change(
        fourth, why, missing=BELIEVED_MISSING - 1, **denied
    )
    assert after_status(fifth, answer, LATER, LATER + MINUTE) == change(fifth, why, notices=(told,), **after)
    assert after_status(sixth, answer, LATER, LATER + MINUTE) == change(
        sixth, why, missing=BELIEVED_MISSING + 1, **denied
    )


UNLISTED = Unlisted("Order 104 is archived", "Order {number} is archived", "tagrani")


@pytest.mark.parametrize(("since", "stuck_at"), [(NOW - 3, NOW - 3), (None, LATER)])
def test_words_that_nobody_listed_are_kept_and_reported_by_their_wording(
    since: int | None, stuck_at: int
) -> None:
    before = order(State.ACTIVE, stuck_at=since)
    after: dict[str, Any] = {
        "missing": 0, "checked_at": LATER, "due_at": LATER + MINUTE, "last_error": "Order 104 is archived",
        "stuck_at": stuck_at,
    }  # fmt: skip
    lines = listing("p", UNLISTED, "order_unknown")
    told = notice(
        Event.ORDER_STUCK, before, after, once="words:p:order {number} is archived", kind="words",
        words="Order 104 is archived", listing=lines,
    )  # fmt: skip

    assert after_status(before, UNLISTED, LATER, LATER + MINUTE) == change(
        before, "the panel's words are not known: Order 104 is archived", notices=(told,), **after
    )
    assert lines[-1] == '        order_unknown: ["Order {number} is archived"]'
    kept = before._replace(**after)
    assert after_status(kept, UNLISTED, LATER, LATER) is None
    assert after_status(kept._replace(missing=1), UNLISTED, LATER, LATER) is not None


# -- polls ----------------------------------------------------------------------------------------------

LIMITS = Limits(4.0, MINUTE, HOUR)
MODEL = ServiceModel(DurationModel([HOUR] * 50))
STALL = StallLimit(3 * HOUR, HOUR)


def active(**values: Any) -> Order:
    return order(State.ACTIVE, **{"missing": 0, "stuck_at": None, "last_error": None, **values})


def test_a_poll_without_news_sets_the_next_one_only() -> None:
    before = active()
    again = next_poll(before, MODEL.durations, LIMITS, LATER)

    assert after_poll(before, SAME, MODEL, LIMITS, LATER) == Unchanged(LATER, again, 7, "active")


def test_an_order_that_a_call_left_out_is_polled_again_soon_and_does_not_count_as_checked() -> None:
    assert after_poll(active(), None, MODEL, LIMITS, LATER) == Unchanged(NOW - 7, LATER + MINUTE, 7, "active")


def test_a_poll_with_news_sets_the_next_one_by_the_model() -> None:
    before = active()
    again = next_poll(before, MODEL.durations, LIMITS, LATER)

    assert after_poll(before, REPORT, MODEL, LIMITS, LATER) == after_status(before, REPORT, LATER, again)


def test_a_denied_id_is_polled_again_as_soon_as_may_be() -> None:
    before, answer = active(), Missing("no such order")

    assert after_poll(before, answer, MODEL, LIMITS, LATER) == after_status(
        before, answer, LATER, LATER + MINUTE
    )


def test_an_order_without_progress_is_reported() -> None:
    now = NOW + 3 * HOUR
    before = active(checked_at=now)
    after: dict[str, Any] = {"stuck_at": LATER}
    since = "2026-09-21T14:13:19.999Z"
    told = notice(Event.ORDER_STUCK, before, after, kind="still", still_since=since, usual="60 min")

    assert after_stall(before, STALL, LATER) == change(before, "no progress", notices=(told,), **after)


def test_a_stall_is_not_looked_for_before_its_shortest_time() -> None:
    before = active(progressed_at=NOW, checked_at=NOW + SHORTEST_STALL - 1)

    assert after_stall(before, StallLimit(SECOND), LATER) is None
    assert (
        after_stall(before._replace(checked_at=NOW + SHORTEST_STALL), StallLimit(SECOND), LATER) is not None
    )


@pytest.mark.parametrize(
    ("answer", "news"),
    [
        (None, False),
        (Missing("no such order"), False),
        (REPORT._replace(state=None), False),
        (REPORT._replace(state=State.COMPLETED), False),
        (REPORT._replace(state=State.PARTIAL), True),
        (REPORT, True),
    ],
)
def test_of_an_order_that_is_over_only_another_state_is_news(
    answer: Report | Missing | None, news: bool
) -> None:
    before = order(State.COMPLETED, stuck_at=None, finished_at=NOW)
    expected = after_status(before, answer, LATER, LATER + MINUTE) if news and answer else None

    assert after_poll(before, answer, MODEL, LIMITS, LATER) == (
        expected or Unchanged(LATER, NOW + DAY, 7, "completed")
    )


def test_rechecks_count_from_the_end_or_from_now_where_it_is_not_known() -> None:
    unknown_end = order(State.COMPLETED, finished_at=None)

    assert after_poll(unknown_end, None, MODEL, LIMITS, LATER) == Unchanged(
        LATER, LATER + DAY, 7, "completed"
    )
    old = order(State.COMPLETED, finished_at=NOW)
    assert after_poll(old, None, MODEL, LIMITS, NOW + 8 * DAY) == Unchanged(
        NOW + 8 * DAY, None, 7, "completed"
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, NOW - 4),
        ({"progressed_at": None}, NOW - 8),
        ({"progressed_at": None, "submitted_at": None}, NOW - 9),
    ],
)
def test_progress_counts_from_the_last_that_is_known(values: dict[str, Any], expected: int) -> None:
    assert progressed_at(active(**values)) == expected


@pytest.mark.parametrize(
    ("before", "reported"),
    [
        (active(progressed_at=LATER - 3 * HOUR, checked_at=LATER), True),
        (active(progressed_at=LATER - 3 * HOUR + 1, checked_at=LATER), False),
        (active(progressed_at=0, stuck_at=1, checked_at=LATER), False),
        (order(State.COMPLETED, progressed_at=0, stuck_at=None, checked_at=LATER), False),
    ],
)
def test_a_stall_is_reported_once_at_its_limit(before: Order, reported: bool) -> None:
    assert (after_stall(before, STALL, LATER) is not None) is reported


def test_a_stall_at_a_service_that_is_not_learnt_yet_names_no_usual_time() -> None:
    found = after_stall(active(progressed_at=0, checked_at=LATER), StallLimit(HOUR), LATER)

    assert found is not None
    assert found.notices[0].facts["usual"] is None


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([HOUR] * 19, StallLimit(DAY)),
        ([HOUR] * 20, StallLimit(3 * HOUR, HOUR)),
        ([MINUTE] * 20, StallLimit(HOUR, MINUTE)),
        ([*range(100, 120)], StallLimit(HOUR, 118)),
        ([*([MINUTE] * 17), HOUR, 2 * HOUR, 3 * HOUR], StallLimit(6 * HOUR, 2 * HOUR)),
    ],
)
def test_what_is_usual_is_learnt_from_twenty_orders_on(durations: list[int], expected: StallLimit) -> None:
    assert stall_limit(durations, DAY) == expected


def test_progress_that_was_dated_ahead_is_dated_now() -> None:
    before = order(State.ACTIVE, progressed_at=LATER + DAY)

    assert after_future_progress(before, LATER) == change(
        before, "its progress was dated ahead of now", progressed_at=LATER
    )
