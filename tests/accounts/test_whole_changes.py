"""Each decision about an account, compared as a whole: every field and every notice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW
from tracker.accounts.account import (
    Account,
    AccountChange,
    Hold,
    Level,
    after_move,
    after_pause,
    after_proof,
    after_restore,
    after_resume,
    calling_hold,
    restored_words,
    submitting_hold,
)
from tracker.accounts.add_answer import account_after_add
from tracker.accounts.audit import audit, flag_discrepancy
from tracker.accounts.balance import (
    after_balance,
    after_forecast,
    after_funded,
    after_refusal_for_funds,
    after_unreadable_balance,
    is_stale,
    runway,
)
from tracker.accounts.breaker import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    RATE_BACKOFF,
    after_failure,
    after_success,
)
from tracker.accounts.ids import after_unfit_id
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Accepted, Balance, Failure, NotSent, Reason, Refused, Unanswered
from tracker.orders.ledger import CostRange, Mark, unexplained

LATER = NOW + HOUR


def mark(balance: int, low: int = 0, high: int = 0, unknowns: int = 0) -> Mark:
    return Mark(Decimal(balance), CostRange(Decimal(low), Decimal(high), unknowns))


def account(**values: Any) -> Account:
    """An account with a value of its own in each field that is no stop, so that none can be lost unnoticed."""
    full: dict[str, Any] = {
        "panel": "p", "failures": 2, "last_error": "an older error", "level": Level.OK, "balance": Decimal(500),
        "currency": "USD", "balance_at": NOW - 1, "newest_id": "103", "balance_failed_at": NOW - 2,
        "spent": CostRange(Decimal(1), Decimal(2), 3), "mark": mark(500), "base": mark(600), "hold_until": NOW - 3,
    }  # fmt: skip
    return Account(**{**full, **values})


def changed(before: Account, *notices: Notice, **values: Any) -> AccountChange:
    return AccountChange(before._replace(**values), notices)


# -- holds ----------------------------------------------------------------------------------------------

OLDER = (
    "the database is an older copy: what it calls queued may have been sent since; `tracker resume` continues"
)
REFUSED = "the panel refused the key or the account (wrong key); `tracker resume` restarts it"
PAUSE = "the panel asked for a pause, or failed just now"


@pytest.mark.parametrize(
    ("values", "submitting", "calling"),
    [
        ({}, None, None),
        ({"paused_at": 0}, Hold("submitting is paused; `tracker resume` restarts it", person=True), None),
        ({"restored_at": 0}, Hold(OLDER, person=True), None),
        ({"short_at": 0}, Hold("the panel refused for lack of funds; waiting for the balance to rise"), None),
        ({"down_at": 0}, Hold("the panel does not answer"), None),
        (
            {"refused_at": 0, "refused_words": "wrong key"},
            Hold(REFUSED, person=True),
            Hold(REFUSED, person=True),
        ),
        ({"hold_until": LATER + 1}, Hold(PAUSE, until=LATER + 1), Hold(PAUSE, until=LATER + 1)),
        ({"hold_until": LATER}, None, None),
        ({"forecast_at": 0, "doubt": "why", "odd_at": 0, "level": Level.LOW}, None, None),
    ],
)
def test_what_stops_sending_and_what_stops_every_call(
    values: dict[str, Any], submitting: Hold | None, calling: Hold | None
) -> None:
    assert submitting_hold(account(**values), LATER) == submitting
    assert calling_hold(account(**values), LATER) == calling


def test_the_operators_pause_is_named_before_what_ends_automatically() -> None:
    all_stops = account(paused_at=1, restored_at=1, short_at=1, down_at=1, hold_until=LATER + 1)

    assert (submitting_hold(all_stops, LATER) or Hold("")).person
    assert (submitting_hold(all_stops._replace(paused_at=None), LATER) or Hold("")).why == OLDER


def test_pause_and_restore_keep_the_time_of_the_first() -> None:
    assert after_pause(account(), LATER) == changed(account(), paused_at=LATER)
    assert after_pause(account(paused_at=5), LATER) == changed(account(paused_at=5))
    assert after_restore(account(), LATER) == changed(account(), restored_at=LATER)
    assert after_restore(account(restored_at=5), LATER) == changed(account(restored_at=5))
    assert after_move(account(), LATER) == changed(account(), unproven_at=LATER)
    assert after_move(account(unproven_at=5), LATER) == changed(account(unproven_at=5))
    assert after_move(account(unproven_at=5), LATER, "why") == changed(
        account(unproven_at=5), unproven_why="why"
    )
    first = account(unproven_at=5, unproven_why="why")
    assert after_move(first, LATER) == after_move(first, LATER, "another reason") == changed(first)


def test_a_database_that_is_found_to_be_old_needs_no_comparison_any_more_and_says_why() -> None:
    before = account(unproven_at=5, unproven_why="it is another one")
    why = "the wallet sank by 5"

    after = after_restore(before, LATER, why)

    assert after == changed(before, restored_at=LATER, restored_why=why, unproven_at=None, unproven_why=None)
    assert restored_words(after.after) == "the database may be an older copy (the wallet sank by 5)"
    assert restored_words(account()) == "the database is an older copy"
    assert after_proof(before) == changed(before, unproven_at=None, unproven_why=None)


STOPPED: dict[str, Any] = {
    "paused_at": 1, "refused_at": 2, "refused_words": "wrong key", "short_at": 3, "short_balance": Decimal(4),
    "hold_until": LATER + 1, "failures": 4, "doubt": "why", "restored_at": 5, "restored_why": "the wallet sank",
    "ids_doubt": "an id does not fit", "unproven_at": 6, "unproven_why": "it is another one",
    "odd_at": 7,
}  # fmt: skip
FREE: dict[str, Any] = {**dict.fromkeys(STOPPED), "failures": 0, "base": None}


def test_resume_ends_every_stop_and_the_incident_of_a_refused_key() -> None:
    before = account(**STOPPED)
    up = Notice(Event.PANEL_UP, "p", facts={"kind": "resumed"}, ends=Event.PANEL_REFUSED)

    assert after_resume(before) == changed(before, up, **FREE)
    other = account(**{**STOPPED, "refused_at": None})
    assert after_resume(other) == changed(other, **FREE)


def test_resume_does_not_stand_for_a_comparison_of_which_nobody_was_told() -> None:
    before = account(paused_at=1, unproven_at=6, unproven_why="it is another one")

    assert after_resume(before).after == before._replace(paused_at=None, failures=0, hold_until=None)


# -- the circuit breaker --------------------------------------------------------------------------------


def test_a_success_forgets_failures_and_ends_the_incident_of_a_panel_that_was_down() -> None:
    well: dict[str, Any] = {"failures": 0, "down_at": None, "last_error": None}
    up = Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)

    assert after_success(account()) == changed(account(), **well)
    assert after_success(account(down_at=0)) == changed(account(down_at=0), up, **well)


@pytest.mark.parametrize(
    ("failures", "retry_after", "pause"),
    [
        (0, None, FIRST_BACKOFF),
        (1, None, 2 * FIRST_BACKOFF),
        (2, None, 4 * FIRST_BACKOFF),
        (3, None, 8 * FIRST_BACKOFF),
        (3, 7 * SECOND, 7 * SECOND),
        (3, 0, 8 * FIRST_BACKOFF),
    ],
)
def test_failures_back_off_ever_longer_unless_the_panel_says_when(
    failures: int, retry_after: int | None, pause: int
) -> None:
    before = account(failures=failures)

    assert after_failure(before, Failure("no answer", None, retry_after), LATER) == changed(
        before, failures=failures + 1, hold_until=LATER + pause, last_error="no answer"
    )


@pytest.mark.parametrize(
    ("failures", "down_at", "opens"),
    [(3, None, False), (4, None, True), (5, None, True), (4, 9, False), (60, 9, False)],
)
def test_the_breaker_opens_once_at_the_fifth_failure_in_a_row(
    failures: int, down_at: int | None, opens: bool
) -> None:
    before = account(failures=failures, down_at=down_at)
    pause = min(LONGEST_BACKOFF, FIRST_BACKOFF << failures)
    down = Notice(Event.PANEL_DOWN, "p", facts={"why": "no answer", "failures": failures + 1})

    assert after_failure(before, Failure("no answer"), LATER) == changed(
        before,
        *([down] if opens else []),
        failures=failures + 1,
        hold_until=LATER + pause,
        last_error="no answer",
        down_at=LATER if opens else down_at,
    )


@pytest.mark.parametrize(("retry_after", "pause"), [(None, RATE_BACKOFF), (0, 0), (7 * SECOND, 7 * SECOND)])
def test_a_refusal_for_the_rate_is_no_failure_but_a_pause(retry_after: int | None, pause: int) -> None:
    before = account(failures=4)

    assert after_failure(before, Failure("too often", Reason.RATE, retry_after), LATER) == changed(
        before, hold_until=LATER + pause, last_error="too often"
    )


def test_a_refused_key_stops_the_account_and_is_reported_once() -> None:
    failure, before = Failure("wrong key", Reason.ACCOUNT), account(failures=4)
    refused = Notice(Event.PANEL_REFUSED, "p", facts={"words": "wrong key"})
    stop: dict[str, Any] = {"refused_at": LATER, "refused_words": "wrong key", "last_error": "wrong key"}

    assert after_failure(before, failure, LATER) == changed(before, refused, **stop)
    stopped = account(refused_at=1, refused_words="an older message")
    assert after_failure(stopped, failure, LATER) == changed(stopped)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Refused(Reason.RATE, "too often", 9), Failure("too often", Reason.RATE, 9)),
        (Refused(Reason.ACCOUNT, "wrong key", 9), Failure("wrong key", Reason.ACCOUNT, 9)),
        (Refused(Reason.PASSING, "maintenance", 9), Failure("maintenance", Reason.PASSING, 9)),
        (NotSent("no route"), Failure("no route")),
        (Unanswered("it broke"), Failure("it broke")),
    ],
)
def test_an_add_that_says_nothing_of_the_order_counts_as_a_failed_call(answer: Any, failure: Failure) -> None:
    assert account_after_add(account(failures=4), answer, LATER) == after_failure(
        account(failures=4), failure, LATER
    )


@pytest.mark.parametrize("reason", [Reason.SERVICE, Reason.INPUT, Reason.LINK_BUSY])
def test_a_refusal_of_the_order_shows_that_the_panel_works(reason: Reason) -> None:
    before = account(down_at=1)

    assert account_after_add(before, Refused(reason, "no"), LATER) == after_success(before)


# -- the wallet -----------------------------------------------------------------------------------------


def test_an_id_that_does_not_fit_counts_as_a_failed_call_and_stops_the_account() -> None:
    before, why = account(failures=4), "it is order 3's already"
    failed = after_failure(before, Failure(why), LATER)
    unfit = after_unfit_id(failed.after, why)

    assert account_after_add(before, Unanswered(why, claimed_id="7"), LATER) == (
        unfit.after,
        (*failed.notices, *unfit.notices),
    )


@pytest.mark.parametrize(("forecast_at", "ends"), [(None, True), (NOW, False)])
def test_an_accepted_order_ends_the_lack_of_funds_unless_the_queue_still_needs_more(
    forecast_at: int | None, ends: bool
) -> None:
    before = account(short_told=True, forecast_at=forecast_at)

    found = account_after_add(before, Accepted("104"), LATER)

    assert found.after.short_told is not ends
    assert [one.ends for one in found.notices] == ([Event.BALANCE_SHORT] if ends else [])


def test_an_add_refused_for_funds_stops_sending_until_the_balance_rises() -> None:
    before = account(short_balance=Decimal(9), down_at=1)
    facts = {"kind": "refused", "balance": "500", "currency": "USD", "words": "not enough"}
    short = Notice(Event.BALANCE_SHORT, "p", facts=facts)
    expected = changed(
        before, short, failures=0, down_at=None, short_at=LATER, short_balance=None, short_told=True,
        last_error="not enough",
    )  # fmt: skip

    assert after_refusal_for_funds(before, "not enough", LATER) == expected
    assert account_after_add(before, Refused(Reason.FUNDS, "not enough"), LATER) == expected


def test_funds_that_suffice_again_end_the_incident_once() -> None:
    first = Notice(Event.PANEL_UP, "p")
    facts = {"kind": "funded", "balance": "500", "currency": "USD"}
    funded = Notice(Event.BALANCE_OK, "p", facts=facts, ends=Event.BALANCE_SHORT)
    short = account(short_told=True)

    assert after_funded(AccountChange(short, (first,))) == changed(short, first, funded, short_told=False)
    assert after_funded(AccountChange(account(), (first,))) == changed(account(), first)


READ: dict[str, Any] = {
    "balance": Decimal(400), "currency": "EUR", "balance_at": LATER, "balance_failed_at": None, "failures": 0,
    "down_at": None, "last_error": None, "level_seen": None,
}  # fmt: skip


def reading(amount: int, currency: str | None = "EUR") -> Balance:
    return Balance(Decimal(amount), currency)


def test_a_reading_is_taken_over_whole() -> None:
    assert after_balance(account(), reading(400), None, LATER) == changed(account(), **READ)
    kept = {**READ, "currency": "USD"}
    assert after_balance(account(), reading(400, None), Decimal(400), LATER) == changed(account(), **kept)


def test_a_reading_ends_the_incident_of_a_panel_that_was_down() -> None:
    up = Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)
    before = account(down_at=1)

    assert after_balance(before, reading(400), None, LATER) == changed(before, up, **READ)


LOW_FACTS = {"balance": "400", "currency": "EUR", "runway": None, "low": "401"}


def test_a_low_level_counts_at_the_second_reading_and_is_reported_with_its_figures() -> None:
    seen = {**READ, "level_seen": Level.LOW}
    assert after_balance(account(), reading(400), Decimal(401), LATER) == changed(account(), **seen)

    before = account(level_seen=Level.LOW, down_at=1)
    up = Notice(Event.PANEL_UP, "p", ends=Event.PANEL_DOWN)
    low = Notice(Event.BALANCE_LOW, "p", facts={**LOW_FACTS, "runway": "3 h"})
    confirmed = after_balance(before, reading(400), Decimal(401), LATER, 3 * HOUR)
    assert confirmed == changed(before, up, low, **{**READ, "level": Level.LOW})


@pytest.mark.parametrize(("amount", "ends"), [(420, True), (419, False)])
def test_a_low_level_ends_only_a_margin_above_the_threshold(amount: int, ends: bool) -> None:
    before = account(level=Level.LOW, level_seen=Level.OK)
    facts = {"balance": "420", "currency": "EUR", "runway": None, "low": "400"}
    ok = Notice(Event.BALANCE_OK, "p", facts=facts, ends=Event.BALANCE_LOW)
    level = Level.OK if ends else Level.LOW

    assert after_balance(before, reading(amount), Decimal(400), LATER) == changed(
        before, *([ok] if ends else []), **{**READ, "balance": Decimal(amount), "level": level}
    )


def test_a_level_without_a_threshold_is_well() -> None:
    before = account(level=Level.LOW, level_seen=Level.OK)

    assert after_balance(before, reading(1), None, LATER).after.level is Level.OK


@pytest.mark.parametrize(
    ("short_balance", "amount", "short_at", "baseline"),
    [
        (None, 501, None, None),
        (None, 500, 1, 500),
        (None, 499, 1, 499),
        (Decimal(450), 451, None, None),
        (Decimal(450), 450, 1, 450),
        (Decimal(450), 300, 1, 300),
    ],
)
def test_the_wait_for_funds_ends_with_a_reading_above_the_one_before(
    short_balance: Decimal | None, amount: int, short_at: int | None, baseline: int | None
) -> None:
    before = account(short_at=1, short_balance=short_balance)
    after = after_balance(before, reading(amount), None, LATER).after

    assert (after.short_at, after.short_balance) == (
        short_at,
        None if baseline is None else Decimal(baseline),
    )


def test_an_unreadable_balance_keeps_the_last_one_as_stale() -> None:
    failed = after_failure(account(), Failure("no answer"), LATER)

    assert after_unreadable_balance(account(), Failure("no answer"), LATER) == AccountChange(
        failed.after._replace(balance_failed_at=LATER), failed.notices
    )


FORECAST = {"balance": "500", "currency": "USD", "runway": "3 h", "needed": "501", "missing": "1"}


@pytest.mark.parametrize(("since", "forecast_at"), [(None, LATER), (7, 7)])
def test_a_queue_that_costs_more_than_the_wallet_holds_is_reported_with_what_is_missing(
    since: int | None, forecast_at: int
) -> None:
    before = account(forecast_at=since)
    short = Notice(Event.BALANCE_SHORT, "p", facts=FORECAST)

    assert after_forecast(before, Decimal(501), LATER, 3 * HOUR) == changed(
        before, short, forecast_at=forecast_at
    )


FUNDED = Notice(
    Event.BALANCE_OK,
    "p",
    facts={"kind": "funded", "balance": "500", "currency": "USD"},
    ends=Event.BALANCE_SHORT,
)


@pytest.mark.parametrize(
    ("values", "needed", "notices", "told"),
    [
        ({}, 500, [], False),
        ({"balance": None}, 501, [], False),
        ({"forecast_at": 7}, 500, ["with runway"], False),
        ({"forecast_at": 7, "short_told": True}, 500, [], True),
        ({"forecast_at": 7, "short_told": True}, 0, ["plain"], False),
        ({"short_told": True}, 1, [], True),
    ],
)
def test_a_wallet_that_suffices_for_the_queue_ends_the_incident(
    values: dict[str, Any], needed: int, notices: list[str], told: bool
) -> None:
    before = account(**values)
    with_runway = Notice(FUNDED.event, "p", facts={**FUNDED.facts, "runway": "3 h"}, ends=FUNDED.ends)
    expected = [{"plain": FUNDED, "with runway": with_runway}[name] for name in notices]

    assert after_forecast(before, Decimal(needed), LATER, 3 * HOUR) == changed(
        before, *expected, forecast_at=None, short_told=told
    )


@pytest.mark.parametrize(
    ("read_at", "stale"), [(None, True), (LATER - 3 * HOUR, False), (LATER - 3 * HOUR - 1, True)]
)
def test_a_balance_is_stale_after_three_missed_readings(read_at: int | None, stale: bool) -> None:
    assert is_stale(account(balance_at=read_at), HOUR, LATER) is stale


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([], None),
        ([(0, 100)], None),
        ([(0, 100), (HOUR, 100)], None),
        ([(0, 100), (HOUR - 1, 50)], None),
        ([(0, 100), (HOUR, 50)], HOUR),
        ([(0, 100), (HOUR, 75)], 3 * HOUR),
        ([(0, 100), (HOUR, 50), (2 * HOUR, 150), (4 * HOUR, 100)], 4 * HOUR),
        ([(0, 100), (DAY, -5)], 0),
    ],
)
def test_the_runway_is_the_balance_over_what_was_spent(
    readings: list[tuple[int, int]], expected: int | None
) -> None:
    assert runway([(at, Decimal(amount)) for at, amount in readings]) == expected


# -- the audit ------------------------------------------------------------------------------------------

WAIT = 10 * MINUTE
WHY = "the wallet sank by 30 USD more than the orders here cost"


def test_the_pace_is_that_between_the_first_reading_and_the_last_whenever_they_were() -> None:
    assert runway([(NOW, Decimal(30)), (NOW + 2 * HOUR, Decimal(20))]) == 4 * HOUR


@pytest.mark.parametrize(
    ("base", "now_mark"),
    [
        (None, mark(500)),
        (mark(600), mark(500, 100, 100)),
        (mark(600), mark(500, 50, 100)),
        (mark(600), mark(700)),
        (mark(600), mark(500, 0, 0, 1)),
    ],
    ids=["no base yet", "explained", "explained at most", "a deposit", "unknown costs"],
)
def test_a_wallet_that_the_orders_explain_becomes_the_new_base(base: Mark | None, now_mark: Mark) -> None:
    before = account(base=base, odd_at=5)

    assert audit(before, now_mark, LATER, WAIT, False) == changed(
        before, mark=now_mark, base=now_mark, odd_at=None
    )


def test_a_discrepancy_must_last_and_is_then_reported() -> None:
    now_mark = mark(500, 70, 70)
    first, waiting = account(odd_at=None), account(odd_at=LATER - WAIT + 1)
    lasting = account(odd_at=LATER - WAIT)
    facts = {"why": WHY, "currency": "USD", "amount": "30"}
    notice = Notice(Event.SPEND_UNEXPLAINED, "p", facts=facts)

    unproven = account(unproven_at=5)
    assert audit(unproven, now_mark, LATER, WAIT, False) == changed(unproven, mark=now_mark)
    assert audit(first, now_mark, LATER, WAIT, False) == changed(first, mark=now_mark, odd_at=LATER)
    assert audit(waiting, now_mark, LATER, WAIT, False) == changed(waiting, mark=now_mark)
    assert audit(lasting, now_mark, LATER, WAIT, False) == changed(
        lasting, notice, mark=now_mark, base=now_mark, odd_at=None, doubt=WHY
    )


def test_while_orders_are_lost_the_wallet_is_theirs_to_explain() -> None:
    before = account(odd_at=5)

    assert audit(before, mark(1), LATER, WAIT, True) == changed(before, mark=mark(1), odd_at=None)


def test_while_a_subscription_is_active_no_two_readings_can_be_compared() -> None:
    before, now_mark = account(base=mark(600), odd_at=5), mark(100, 7, 9, 2)

    decided = audit(before, now_mark, LATER, WAIT, False, subscribed=True)

    spent = CostRange(Decimal(7), Decimal(9), 3)
    assert decided == changed(before, mark=now_mark, base=now_mark, odd_at=None, spent=spent)
    assert unexplained(now_mark, Mark(Decimal(50), spent)) is None


def test_a_discrepancy_ends_automatic_verdicts_and_is_reported_once() -> None:
    notice = Notice(Event.SPEND_UNEXPLAINED, "p", facts={"why": "odd", "currency": "USD", "ids": "9"})

    assert flag_discrepancy(account(), "odd", ids="9") == changed(account(), notice, doubt="odd")
    doubted = account(doubt="older")
    assert flag_discrepancy(doubted, "odd", ids="9") == changed(doubted)
