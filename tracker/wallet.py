"""What each reading of a wallet says: whether it is low, suffices for the queue, or ends a wait for funds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tracker.accounts.account import (
    Account,
    Level,
    Verdict,
    after_failure,
    after_funded,
    after_success,
    funded_facts,
)
from tracker.events import Event, Notice
from tracker.lib.times import about
from tracker.orders.order import Balance, Failure

MARGIN = Decimal("1.05")
"""A low balance has recovered only above the threshold times this, so that it does not flap around it."""


def after_balance(
    account: Account, reading: Balance, low: Decimal | None, now: int, runway: int | None = None
) -> Verdict:
    """Take a reading of the wallet: end a wait for funds, and tell of a level that two readings agree on.

    `runway` is how long the wallet lasts at the recent pace, in microseconds; None when that is not known.
    """
    read = after_success(account, now).after._replace(
        balance=reading.amount,
        currency=reading.currency or account.currency,
        balance_at=now,
        balance_failed_at=None,
    )
    up = after_success(account, now).notices
    levelled = _levelled(_funded(read, account.balance), reading.amount, low)
    if levelled.level is account.level:
        return Verdict(levelled, up)
    event, ends = (
        (Event.BALANCE_LOW, None) if levelled.level is Level.LOW else (Event.BALANCE_OK, Event.BALANCE_LOW)
    )
    facts = {**_wallet_facts(levelled, runway), "low": _text(low)}
    return Verdict(levelled, (*up, Notice(event, account.panel, facts=facts, ends=ends)))


def after_forecast(account: Account, needed: Decimal, now: int, runway: int | None) -> Verdict:
    """Compare the wallet with what all that is queued should cost, and tell before orders are refused."""
    if account.balance is None or needed <= account.balance:
        return _suffices(account, needed, runway)
    facts = {
        **_wallet_facts(account, runway), "needed": _text(needed), "missing": _text(needed - account.balance),
    }  # fmt: skip
    # Told at every reading: the outbox keeps the newest figures for the reminders, and tells it once.
    notice = Notice(Event.BALANCE_SHORT, account.panel, facts=facts)
    return Verdict(account._replace(forecast_at=account.forecast_at or now), (notice,))


def _suffices(account: Account, needed: Decimal, runway: int | None) -> Verdict:
    after = Verdict(account._replace(forecast_at=None))
    if account.short_told and not needed:
        return after_funded(after)
    if account.forecast_at is None or account.short_told:
        return after
    facts = {**funded_facts(account), **_wallet_facts(account, runway)}
    notice = Notice(Event.BALANCE_OK, account.panel, facts=facts, ends=Event.BALANCE_SHORT)
    return after._replace(notices=(notice,))


def after_unreadable_balance(account: Account, failure: Failure, now: int) -> Verdict:
    """Note that the balance could not be read: the last one stands, as stale; it is never taken for 0."""
    verdict = after_failure(account, failure, now)
    return verdict._replace(after=verdict.after._replace(balance_failed_at=now))


def _funded(account: Account, previous: Decimal | None) -> Account:
    """End the wait for funds once a reading is above the one before it."""
    if account.short_at is None or account.balance is None:
        return account
    baseline = account.short_balance if account.short_balance is not None else previous
    if baseline is not None and account.balance > baseline:
        return account._replace(short_at=None, short_balance=None)
    return account._replace(short_balance=account.balance)


def _levelled(account: Account, amount: Decimal, low: Decimal | None) -> Account:
    level = _level_of(account.level, amount, low)
    if level is account.level:
        return account._replace(level_seen=None)
    if account.level_seen is level:
        return account._replace(level=level, level_seen=None)
    return account._replace(level_seen=level)


def _level_of(level: Level, amount: Decimal, low: Decimal | None) -> Level:
    if low is None:
        return Level.OK
    if level is Level.LOW:
        return Level.OK if amount >= low * MARGIN else Level.LOW
    return Level.LOW if amount < low else Level.OK


def _wallet_facts(account: Account, runway: int | None) -> Mapping[str, Any]:
    lasts = None if runway is None else about(runway)
    return {"balance": _text(account.balance), "currency": account.currency, "runway": lasts}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
