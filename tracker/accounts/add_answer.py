"""What the answer to an `add` makes of the account. Pure."""

from __future__ import annotations

from decimal import Decimal

from tracker.accounts.account import Account, AccountChange
from tracker.accounts.balance import after_funded, after_refusal_for_funds, after_unlisted_refusal
from tracker.accounts.breaker import after_failure, after_success
from tracker.accounts.ids import after_answered_id, after_unfit_id, contradicts
from tracker.orders.answers import (
    Accepted,
    AddAnswer,
    Failure,
    NotSent,
    Reason,
    Refused,
    Unanswered,
    Unlisted,
)


def account_after_add(
    account: Account, answer: AddAnswer, now: int, expected_charge: Decimal | None = None
) -> AccountChange:
    """Judge the account by what an `add` was answered; `expected_charge` is what its order should cost."""
    match answer:
        case Accepted():
            verdict = after_success(after_answered_id(account, answer.panel_order_id))
            return after_funded(verdict) if account.forecast_at is None else verdict
        case Refused(reason=Reason.FUNDS):
            return after_refusal_for_funds(account, answer.message, now)
        case Refused(reason=Reason.RATE | Reason.ACCOUNT | Reason.PASSING):
            return after_failure(account, Failure(answer.message, answer.reason, answer.retry_after), now)
        case Refused():
            return after_success(account)
        case Unanswered(claimed_id=str()):
            failed = after_failure(account, Failure(answer.why), now)
            unfit = after_unfit_id(failed.after, answer.why)
            return unfit._replace(notices=(*failed.notices, *unfit.notices))
        case Unanswered(words=Unlisted()) if expected_charge is not None:
            failed = after_failure(account, Failure(answer.why), now)
            return failed._replace(after=after_unlisted_refusal(failed.after, expected_charge, now))
        case NotSent() | Unanswered():
            return after_failure(account, Failure(answer.why), now)


def account_after_ask(account: Account, answer: AddAnswer, now: int) -> AccountChange:
    """Judge the account by what an `add` was answered that was asked again.

    The id may be older than those of orders that were sent since: then it is not what the next one is compared with.
    """
    newest = account.answered_id
    if isinstance(answer, Accepted) and newest is not None and contradicts(answer.panel_order_id, newest):
        return after_success(account)
    return account_after_add(account, answer, now)
