"""One panel account: whether it may be asked, and what each answer says of it and of its wallet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.ledger import Mark, Spent
from tracker.orders.order import Accepted, AddAnswer, Failure, NotSent, Reason, Refused, Unanswered

BREAKER = 5
"""Failed calls in a row after which the panel counts as down."""

FIRST_BACKOFF = 5 * SECOND
LONGEST_BACKOFF = 5 * MINUTE
RATE_BACKOFF = 30 * SECOND
"""How long to rest after `429` when the panel names no time."""


class Level(StrEnum):
    """How the wallet stands against its threshold."""

    OK = "ok"
    LOW = "low"


class Account(NamedTuple):
    """What is known of one panel account. Times are microseconds since 1970 UTC.

    A tuple, because an add makes three of it, and a frozen dataclass of so many fields takes long to make.
    """

    panel: str
    #: A person stopped submitting.
    paused_at: int | None = None
    #: The panel refused the key or the account; ends by `resume`.
    refused_at: int | None = None
    refused_words: str | None = None
    #: An add was refused for lack of funds; ends when the balance rises above `short_balance`.
    short_at: int | None = None
    short_balance: Decimal | None = None
    #: Whether an order was refused for lack of funds, and none accepted since.
    short_told: bool = False
    #: Since when the queue needs more than the wallet holds.
    forecast_at: int | None = None
    #: No call before this time.
    hold_until: int | None = None
    failures: int = 0
    down_at: int | None = None
    last_error: str | None = None
    level: Level = Level.OK
    #: A level seen once and not yet confirmed by a second reading.
    level_seen: Level | None = None
    balance: Decimal | None = None
    currency: str | None = None
    balance_at: int | None = None
    #: The highest numeric id that the panel gave to an order of ours: the ground for evidence.
    newest_id: str | None = None
    #: When the newest try to read the balance failed; None after a good reading.
    balance_failed_at: int | None = None
    #: What the orders are known to have cost.
    spent: Spent = Spent()
    #: The newest reading at which nothing was on its way.
    mark: Mark | None = None
    #: The mark from which the wallet is watched for moves that no order explains.
    base: Mark | None = None
    #: When such a move was first seen.
    odd_at: int | None = None
    #: Why lost orders get no verdict without a person; ends by `resume`.
    doubt: str | None = None
    #: The database was found to be older than the one that ran here; ends by `resume`.
    restored_at: int | None = None


class Verdict(NamedTuple):
    """What is to become of an account, and what people are told."""

    after: Account
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is sent now. `until` is None when only an event ends it."""

    why: str
    until: int | None = None
    #: Whether only a person can end it.
    person: bool = False


def submitting_hold(account: Account, now: int) -> Hold | None:
    """Say why no order may be sent now; None when one may."""
    if account.paused_at is not None:
        return Hold("submitting is paused; `tracker resume` restarts it", person=True)
    if account.restored_at is not None:
        why = "the database is an older copy: what it calls queued may have been sent since; `tracker resume` goes on"
        return Hold(why, person=True)
    if account.short_at is not None:
        return Hold("the panel refused for lack of funds; waiting for the balance to rise")
    if account.down_at is not None:
        return Hold("the panel does not answer")
    return calling_hold(account, now)


def calling_hold(account: Account, now: int) -> Hold | None:
    """Say why the panel may not be asked anything now; None when it may."""
    if account.refused_at is not None:
        why = f"the panel refused the key or the account ({account.refused_words}); `tracker resume` restarts it"
        return Hold(why, person=True)
    if account.hold_until is not None and account.hold_until > now:
        return Hold("the panel asked for a rest, or failed just now", until=account.hold_until)
    return None


def after_add(account: Account, answer: AddAnswer, now: int) -> Verdict:
    """Judge the account by what an `add` was answered."""
    match answer:
        case Accepted():
            verdict = after_success(after_own_id(account, answer.panel_order_id), now)
            return after_funded(verdict) if account.forecast_at is None else verdict
        case Refused(reason=Reason.FUNDS):
            return _after_funds(account, answer.words, now)
        case Refused(reason=Reason.RATE | Reason.ACCOUNT | Reason.PASSING):
            return after_failure(account, Failure(answer.words, answer.reason, answer.retry_after), now)
        case Refused():
            return after_success(account, now)
        case Unanswered(told_id=str() as told_id):
            after = after_failure(account, Failure(answer.why), now)
            why = f"the panel's order ids do not grow: it answered {told_id}"
            return after._replace(after=after.after._replace(doubt=account.doubt or why))
        case NotSent() | Unanswered():
            return after_failure(account, Failure(answer.why), now)


def after_own_id(account: Account, panel_order_id: str) -> Account:
    """Remember the highest own id; ids that are no plain numbers have no order and are passed over."""
    if not panel_order_id.isdecimal():
        return account
    newest = account.newest_id
    return (
        account
        if newest and int(newest) >= int(panel_order_id)
        else account._replace(newest_id=panel_order_id)
    )


def after_success(account: Account, now: int) -> Verdict:
    """Note that the panel answered: failures are forgotten, and a panel that was down is up."""
    after = account._replace(failures=0, down_at=None, last_error=None)
    if account.down_at is None:
        return Verdict(after)
    return Verdict(after, (Notice(Event.PANEL_UP, account.panel, ends=Event.PANEL_DOWN),))


def after_funded(verdict: Verdict) -> Verdict:
    """End what was told of funds that were short: an order was paid for, or nothing needs them any more."""
    account = verdict.after
    if not account.short_told:
        return verdict
    notice = Notice(Event.BALANCE_OK, account.panel, facts=funded_facts(account), ends=Event.BALANCE_SHORT)
    return Verdict(account._replace(short_told=False), (*verdict.notices, notice))


def funded_facts(account: Account) -> Mapping[str, Any]:
    """Return what is told of a wallet that suffices again."""
    return {"kind": "funded", "balance": _text(account.balance), "currency": account.currency}


def after_failure(account: Account, failure: Failure, now: int) -> Verdict:
    """Note that a call told nothing: rest, stop for a refused key, and open the breaker at the fifth in a row."""
    if failure.reason is Reason.ACCOUNT:
        return _after_account_refused(account, failure.why, now)
    if failure.reason is Reason.RATE:
        rest = failure.retry_after if failure.retry_after is not None else RATE_BACKOFF
        return Verdict(account._replace(hold_until=now + rest, last_error=failure.why))
    failures = account.failures + 1
    rest = failure.retry_after or min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 10))
    after = account._replace(failures=failures, hold_until=now + rest, last_error=failure.why)
    if failures < BREAKER or account.down_at is not None:
        return Verdict(after)
    notice = Notice(Event.PANEL_DOWN, account.panel, facts={"why": failure.why, "failures": failures})
    return Verdict(after._replace(down_at=now), (notice,))


def _after_account_refused(account: Account, words: str, now: int) -> Verdict:
    if account.refused_at is not None:
        return Verdict(account)
    notice = Notice(Event.PANEL_REFUSED, account.panel, facts={"words": words})
    return Verdict(account._replace(refused_at=now, refused_words=words, last_error=words), (notice,))


def _after_funds(account: Account, words: str, now: int) -> Verdict:
    after = after_success(account, now).after._replace(
        short_at=now, short_balance=None, short_told=True, last_error=words
    )
    facts = {
        "kind": "refused", "balance": _text(account.balance), "currency": account.currency, "words": words,
    }  # fmt: skip
    return Verdict(after, (Notice(Event.BALANCE_SHORT, account.panel, facts=facts),))


def after_adopt(account: Account, panel_order_id: str) -> Verdict:
    """Note an own id that was found rather than answered."""
    return Verdict(after_own_id(account, panel_order_id))


def after_pause(account: Account, now: int) -> Verdict:
    """Stop submitting until a person says otherwise."""
    return Verdict(account if account.paused_at is not None else account._replace(paused_at=now))


def after_resume(account: Account) -> Verdict:
    """Restart an account whatever stopped it."""
    after = account._replace(
        paused_at=None,
        refused_at=None,
        refused_words=None,
        short_at=None,
        short_balance=None,
        hold_until=None,
        failures=0,
        doubt=None,
        restored_at=None,
    )
    if account.refused_at is None:
        return Verdict(after)
    facts = {"kind": "resumed"}
    return Verdict(after, (Notice(Event.PANEL_UP, account.panel, facts=facts, ends=Event.PANEL_REFUSED),))


def after_restore(account: Account, now: int) -> Verdict:
    """Send nothing from a database that is older than the one that ran here, until a person says `resume`."""
    return Verdict(account if account.restored_at is not None else account._replace(restored_at=now))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
