"""What an `add`, or the adoption of a lost order, makes of the account. Pure."""

from __future__ import annotations

from tracker.accounts.account import Account, AccountChange
from tracker.accounts.balance import after_funded, after_refusal_for_funds
from tracker.accounts.breaker import after_failure, after_success
from tracker.orders.answers import Accepted, AddAnswer, Failure, NotSent, Reason, Refused, Unanswered


def account_after_add(account: Account, answer: AddAnswer, now: int) -> AccountChange:
    """Judge the account by what an `add` was answered."""
    match answer:
        case Accepted():
            verdict = after_success(after_own_id(account, answer.panel_order_id), now)
            return after_funded(verdict) if account.forecast_at is None else verdict
        case Refused(reason=Reason.FUNDS):
            return after_refusal_for_funds(account, answer.message, now)
        case Refused(reason=Reason.RATE | Reason.ACCOUNT | Reason.PASSING):
            return after_failure(account, Failure(answer.message, answer.reason, answer.retry_after), now)
        case Refused():
            return after_success(account, now)
        case Unanswered(claimed_id=str() as claimed_id):
            after = after_failure(account, Failure(answer.why), now)
            why = f"the panel's order ids do not grow: it answered {claimed_id}"
            return after._replace(after=after.after._replace(doubt=account.doubt or why))
        case NotSent() | Unanswered():
            return after_failure(account, Failure(answer.why), now)


def after_own_id(account: Account, panel_order_id: str) -> Account:
    """Remember the highest own id; ids that are not plain numbers have no order and are ignored."""
    if not panel_order_id.isdecimal():
        return account
    newest = account.newest_id
    return (
        account
        if newest and int(newest) >= int(panel_order_id)
        else account._replace(newest_id=panel_order_id)
    )


def account_after_adopt(account: Account, panel_order_id: str) -> AccountChange:
    """Note an own id that was found rather than answered."""
    return AccountChange(after_own_id(account, panel_order_id))
