"""What each answer says of an account, and when it may be asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.samples import NOW
from tracker.accounts.account import (
    Account,
    AccountChange,
    Level,
    after_pause,
    after_resume,
    calling_hold,
    submitting_hold,
)
from tracker.accounts.add_answer import account_after_add
from tracker.accounts.balance import after_balance, after_forecast, after_unreadable_balance, runway
from tracker.accounts.breaker import FAILURES_TO_OPEN, LONGEST_BACKOFF, after_failure, after_success
from tracker.events import Event
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.answers import Accepted, Balance, Failure, NotSent, Reason, Refused, Unanswered

FRESH = Account("p")
LOW = Decimal("100")


def read(account: Account, *amounts: str, low: Decimal | None = LOW) -> tuple[Account, list[Event]]:
    """Take readings one after another; return the account and what was told."""
    told: list[Event] = []
    for amount in amounts:
        verdict = after_balance(account, Balance(Decimal(amount), "Tomans"), low, NOW)
        account, told = verdict.after, told + [notice.event for notice in verdict.notices]
    return account, told


def test_a_fresh_account_may_send() -> None:
    assert submitting_hold(FRESH, NOW) is None


def test_a_paused_account_sends_nothing_but_is_asked() -> None:
    paused = after_pause(FRESH, NOW).after

    assert submitting_hold(paused, NOW) is not None
    assert calling_hold(paused, NOW) is None


def test_a_refused_key_stops_everything_and_notifies_once_until_resume() -> None:
    first = account_after_add(FRESH, Refused(Reason.ACCOUNT, "Invalid API key"), NOW)
    second = after_failure(first.after, Failure("Invalid API key", Reason.ACCOUNT), NOW)

    assert [n.event for n in first.notices + second.notices] == [Event.PANEL_REFUSED]
    assert calling_hold(first.after, NOW + 10**15) is not None
    assert calling_hold(after_resume(first.after).after, NOW) is None


@pytest.mark.parametrize(("told", "rest"), [(7 * SECOND, 7 * SECOND), (None, 30 * SECOND)])
def test_the_panels_retry_after_is_obeyed(told: int | None, rest: int) -> None:
    held = account_after_add(FRESH, Refused(Reason.RATE, "429", told), NOW).after

    assert calling_hold(held, NOW + rest - 1) is not None
    assert calling_hold(held, NOW + rest) is None


def test_lack_of_funds_is_reported_once_and_ends_when_the_balance_rises() -> None:
    short = account_after_add(
        FRESH._replace(balance=Decimal("50")), Refused(Reason.FUNDS, "Not enough funds"), NOW
    )
    assert [n.event for n in short.notices] == [Event.BALANCE_SHORT]

    waiting, _ = read(short.after, "50", "20", low=None)
    assert submitting_hold(waiting, NOW) is not None

    funded, _ = read(waiting, "90", low=None)
    assert submitting_hold(funded, NOW) is None


def test_a_lack_of_funds_has_ended_when_an_order_was_accepted_again() -> None:
    refused = Refused(Reason.FUNDS, "Not enough funds")
    short = account_after_add(FRESH, refused, NOW).after
    funded, told = read(short, "50", "60", low=None)
    assert told == []

    accepted = account_after_add(funded, Accepted("104"), NOW)
    assert [(n.event, n.ends) for n in accepted.notices] == [(Event.BALANCE_OK, Event.BALANCE_SHORT)]
    assert account_after_add(accepted.after, Accepted("105"), NOW).notices == ()


def test_a_queue_that_needs_more_than_the_wallet_holds_is_reported_before_it_fails() -> None:
    holds = FRESH._replace(balance=Decimal(60), currency="Tomans")
    assert after_forecast(holds, Decimal(60), NOW, None).notices == ()

    short = after_forecast(holds, Decimal("100.5"), NOW, 7 * HOUR)
    [notice] = short.notices
    assert notice.event is Event.BALANCE_SHORT
    assert notice.facts == {
        "balance": "60", "currency": "Tomans", "needed": "100.5", "missing": "40.5", "runway": "7 h",
    }  # fmt: skip
    assert submitting_hold(short.after, NOW) is None

    [over] = after_forecast(short.after._replace(balance=Decimal(101)), Decimal("100.5"), NOW, None).notices
    assert (over.event, over.ends, over.facts["kind"]) == (Event.BALANCE_OK, Event.BALANCE_SHORT, "funded")


def test_an_empty_queue_needs_no_funds() -> None:
    refused = account_after_add(FRESH._replace(balance=Decimal(5)), Refused(Reason.FUNDS, "no"), NOW).after
    dropped = after_forecast(refused, Decimal(0), NOW, None)
    assert [n.ends for n in dropped.notices] == [Event.BALANCE_SHORT]
    assert after_forecast(dropped.after, Decimal(0), NOW, None).notices == ()


def test_the_breaker_opens_once_at_the_fifth_failure_and_closes_once() -> None:
    verdict = AccountChange(FRESH)
    told = []
    for _ in range(FAILURES_TO_OPEN + 3):
        verdict = after_failure(verdict.after, Failure("no route"), NOW)
        told += [n.event for n in verdict.notices]
    assert told == [Event.PANEL_DOWN]
    assert submitting_hold(verdict.after, NOW + LONGEST_BACKOFF) is not None

    up = after_success(verdict.after)
    assert [n.event for n in up.notices] == [Event.PANEL_UP]
    assert submitting_hold(up.after, NOW + LONGEST_BACKOFF) is None


@pytest.mark.parametrize("answer", [NotSent("refused"), Unanswered("timed out")])
def test_an_add_without_an_answer_counts_as_a_failure(answer: NotSent | Unanswered) -> None:
    assert account_after_add(FRESH, answer, NOW).after.failures == 1


def test_a_known_refusal_shows_that_the_panel_works() -> None:
    failing = FRESH._replace(failures=3)

    assert account_after_add(failing, Refused(Reason.INPUT, "Bad link"), NOW).after.failures == 0


def test_backoff_grows_and_is_bounded() -> None:
    account, rests = FRESH, []
    for _ in range(12):
        account = after_failure(account, Failure("x"), NOW).after
        rests.append((account.hold_until or 0) - NOW)

    assert rests == sorted(rests)
    assert rests[:3] == [2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert rests[-1] == LONGEST_BACKOFF


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        (["99"], []),
        (["99", "99"], [Event.BALANCE_LOW]),
        (["99", "98", "97", "96"], [Event.BALANCE_LOW]),
        (["99", "101", "99", "101"], []),
        (["99", "99", "101", "101"], [Event.BALANCE_LOW]),
        (["99", "99", "105", "105"], [Event.BALANCE_LOW, Event.BALANCE_OK]),
        (["99", "99", "105", "99", "105"], [Event.BALANCE_LOW]),
        (["100", "100"], []),
        (["0", "0"], [Event.BALANCE_LOW]),
    ],
)
def test_a_level_changes_on_two_readings_that_agree_with_a_margin_on_the_way_back(
    amounts: list[str], told: list[Event]
) -> None:
    assert read(FRESH, *amounts)[1] == told


def test_an_unreadable_balance_is_stale_and_never_zero() -> None:
    known, _ = read(FRESH, "500")
    verdict = after_unreadable_balance(known, Failure("HTML"), NOW + MINUTE)

    assert (verdict.after.balance, verdict.after.balance_at) == (Decimal("500"), NOW)
    assert verdict.after.balance_failed_at == NOW + MINUTE
    assert verdict.after.level is Level.OK


@pytest.mark.parametrize(
    ("readings", "lasts"),
    [
        ([], None),
        ([(0, 100)], None),
        ([(0, 100), (59 * MINUTE, 50)], None),  # minutes say nothing of a day
        ([(0, 100), (2 * HOUR, 100)], None),
        ([(0, 100), (2 * HOUR, 50)], 2 * HOUR),
        ([(0, 100), (HOUR, 50), (2 * HOUR, 250)], 10 * HOUR),  # a deposit hides no spending
    ],
)
def test_the_runway_is_what_is_left_at_the_pace_of_what_was_spent(
    readings: list[tuple[int, int]], lasts: int | None
) -> None:
    assert runway([(at, Decimal(amount)) for at, amount in readings]) == lasts
