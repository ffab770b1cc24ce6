"""The circuit breaker of an account: back off after failures, and open at the fifth in a row. Pure."""

from __future__ import annotations

from tracker.accounts.account import Account, AccountChange
from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Failure, Reason

FAILURES_TO_OPEN = 5
"""Failed calls in a row after which the panel counts as down."""

FIRST_BACKOFF = 2 * SECOND
LONGEST_BACKOFF = 5 * MINUTE
RATE_BACKOFF = 30 * SECOND
"""How long to pause after `429` when the panel names no time."""


def after_success(account: Account) -> AccountChange:
    """Note that the panel answered: failures are forgotten, and a panel that was down is up."""
    after = account._replace(failures=0, down_at=None, last_error=None)
    if account.down_at is None:
        return AccountChange(after)
    return AccountChange(after, (Notice(Event.PANEL_UP, account.panel, ends=Event.PANEL_DOWN),))


def after_failure(account: Account, failure: Failure, now: int) -> AccountChange:
    """Note that a call failed: back off, stop for a refused key, and open the circuit breaker at the fifth in a row."""
    if failure.reason is Reason.ACCOUNT:
        return _after_account_refused(account, failure.why, now)
    if failure.reason is Reason.RATE:
        rest = failure.retry_after if failure.retry_after is not None else RATE_BACKOFF
        return AccountChange(account._replace(hold_until=now + rest, last_error=failure.why))
    failures = account.failures + 1
    rest = failure.retry_after or min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 10))
    after = account._replace(failures=failures, hold_until=now + rest, last_error=failure.why)
    if not opens_breaker(account):
        return AccountChange(after)
    notice = Notice(Event.PANEL_DOWN, account.panel, facts={"why": failure.why, "failures": failures})
    return AccountChange(after._replace(down_at=now), (notice,))


def opens_breaker(account: Account) -> bool:
    """Tell whether one more failure makes the panel count as down."""
    return account.down_at is None and account.failures + 1 >= FAILURES_TO_OPEN


def _after_account_refused(account: Account, words: str, now: int) -> AccountChange:
    if account.refused_at is not None:
        return AccountChange(account)
    notice = Notice(Event.PANEL_REFUSED, account.panel, facts={"words": words})
    return AccountChange(account._replace(refused_at=now, refused_words=words, last_error=words), (notice,))
