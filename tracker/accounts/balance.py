"""What a reading of the wallet makes of an account: its level, its runway, and whether funds suffice. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tracker.accounts.account import Account, AccountChange, Level
from tracker.accounts.breaker import after_failure, after_success
from tracker.events import Event, Notice
from tracker.lib import money
from tracker.lib.times import HOUR, about
from tracker.orders.answers import Balance, Failure

STALE_READINGS = 3
"""A balance is stale when this many readings were missed."""


SHORTEST_PACE = HOUR
"""Readings that reach back less than this show no pace."""


MARGIN = Decimal("1.05")
"""A low balance has recovered only above the threshold times this, so that it does not flap around it."""


def after_balance(
    account: Account, reading: Balance, low: Decimal | None, now: int, runway: int | None = None
) -> AccountChange:
    """Take a reading of the wallet: end a wait for funds, and notify of a level that two readings agree on.

    `runway` is how long the wallet lasts at the recent pace, in microseconds; None when that is not known.
    """
    read = after_success(account).after._replace(
        balance=reading.amount,
        currency=reading.currency or account.currency,
        balance_at=now,
        balance_failed_at=None,
    )
    up = after_success(account).notices
    levelled = _levelled(_funded(read, account.balance), reading.amount, low)
    if levelled.level is account.level:
        return AccountChange(levelled, up)
    event, ends = (
        (Event.BALANCE_LOW, None) if levelled.level is Level.LOW else (Event.BALANCE_OK, Event.BALANCE_LOW)
    )
    facts = {**_wallet_facts(levelled, runway), "low": money.text(low)}
    return AccountChange(levelled, (*up, Notice(event, account.panel, facts=facts, ends=ends)))


def after_unreadable_balance(account: Account, failure: Failure, now: int) -> AccountChange:
    """Note that the balance could not be read: the last one is kept, as stale; it is never taken for 0."""
    verdict = after_failure(account, failure, now)
    return verdict._replace(after=verdict.after._replace(balance_failed_at=now))


def after_forecast(account: Account, needed: Decimal, now: int, runway: int | None) -> AccountChange:
    """Compare the wallet with what all that is queued should cost, and notify before orders are refused."""
    if account.balance is None or needed <= account.balance:
        return _suffices(account, needed, runway)
    facts = {
        **_wallet_facts(account, runway), "needed": money.text(needed), "missing": money.text(needed - account.balance),
    }  # fmt: skip
    # Posted at every reading: the incident keeps the newest figures for its reminders, and is raised once.
    notice = Notice(Event.BALANCE_SHORT, account.panel, facts=facts)
    return AccountChange(account._replace(forecast_at=account.forecast_at or now), (notice,))


def after_refusal_for_funds(account: Account, words: str, now: int) -> AccountChange:
    """Note that an `add` was refused for lack of funds: nothing is sent before the balance has risen."""
    after = after_success(account).after._replace(
        short_at=now,
        short_balance=None,
        suspect_charge=None,
        suspect_at=None,
        short_told=True,
        last_error=words,
    )
    facts = {
        "kind": "refused", "balance": money.text(account.balance), "currency": account.currency, "words": words,
    }  # fmt: skip
    return AccountChange(after, (Notice(Event.BALANCE_SHORT, account.panel, facts=facts),))


def after_unlisted_refusal(account: Account, charge: Decimal, now: int) -> Account:
    """Note that an order of this charge was refused in words that nobody listed: perhaps for lack of funds."""
    most = charge if account.suspect_charge is None else max(charge, account.suspect_charge)
    return account._replace(suspect_charge=most, suspect_at=now)


def after_fresh_balance(account: Account, lost_orders: bool, now: int) -> AccountChange:
    """Compare a reading, made after an order was refused in words that nobody listed, with what it should cost.

    The funds count as short while the wallet holds less, as long as there are lost orders that this may explain.
    """
    charge = account.suspect_charge
    if charge is None or account.balance is None:
        return AccountChange(account)
    if account.balance >= charge or not lost_orders:
        return AccountChange(account._replace(suspect_charge=None, suspect_at=None, short_at=None))
    if account.short_at is not None:
        return AccountChange(account)
    facts = {
        "kind": "suspected", "balance": money.text(account.balance), "currency": account.currency,
        "needed": money.text(charge),
    }  # fmt: skip
    notice = Notice(Event.BALANCE_SHORT, account.panel, facts=facts)
    return AccountChange(account._replace(short_at=now, short_told=True), (notice,))


def after_refusal_understood(account: Account) -> AccountChange:
    """Note that the words of an order that was refused, while the wallet was below its charge, do mean the funds.

    What was suspected is known now: nothing is sent before the balance has risen.
    """
    if account.short_at is None:
        return AccountChange(account)
    known = account._replace(suspect_charge=None, suspect_at=None, short_balance=account.balance)
    return AccountChange(known)


def after_funded(verdict: AccountChange) -> AccountChange:
    """End the incident of short funds: an order was paid for, or nothing needs them any more."""
    account = verdict.after
    if not account.short_told:
        return verdict
    notice = Notice(Event.BALANCE_OK, account.panel, facts=funded_facts(account), ends=Event.BALANCE_SHORT)
    return AccountChange(account._replace(short_told=False), (*verdict.notices, notice))


def funded_facts(account: Account) -> Mapping[str, Any]:
    """Return the facts of a wallet that suffices again."""
    return {"kind": "funded", "balance": money.text(account.balance), "currency": account.currency}


@dataclass(frozen=True, slots=True)
class WalletEstimate:
    """What the wallet should hold by now: a guess for people, and never a basis of a decision."""

    amount: Decimal
    #: What the orders that were sent since the last reading cost.
    charged: Decimal
    #: How many of them have no known price.
    unpriced: int = 0


def estimated(account: Account, charges: Sequence[Decimal | None]) -> WalletEstimate | None:
    """Subtract what was charged since the last reading from it; None where nothing was read, or nothing charged."""
    if account.balance is None or not charges:
        return None
    charged = sum((charge for charge in charges if charge is not None), Decimal(0))
    return WalletEstimate(account.balance - charged, charged, charges.count(None))


def is_stale(account: Account, every: int, now: int) -> bool:
    """Tell whether the last reading of the wallet is too old to be trusted."""
    # Far ahead is as bad as long ago: the clock was wrong then, or is wrong now.
    return account.balance_at is None or abs(now - account.balance_at) > STALE_READINGS * every


def runway(readings: Sequence[tuple[int, Decimal]]) -> int | None:
    """Return how long the wallet lasts at the pace of these readings (time, amount), oldest first, in microseconds.

    Only what went down counts as spent: a deposit does not hide it. None when nothing was spent, or when the
    readings reach back less than an hour: a pace of minutes says nothing of a day.
    """
    if len(readings) < 2:
        return None
    steps = pairwise(readings)
    spent = sum((max(Decimal(0), before - after) for (_, before), (_, after) in steps), Decimal(0))
    span = readings[-1][0] - readings[0][0]
    if not spent or span < SHORTEST_PACE:
        return None
    return int(max(Decimal(0), readings[-1][1]) / spent * span)


def _suffices(account: Account, needed: Decimal, runway: int | None) -> AccountChange:
    after = AccountChange(account._replace(forecast_at=None))
    if account.short_told and not needed:
        return after_funded(after)
    if account.forecast_at is None or account.short_told:
        return after
    facts = {**funded_facts(account), **_wallet_facts(account, runway)}
    notice = Notice(Event.BALANCE_OK, account.panel, facts=facts, ends=Event.BALANCE_SHORT)
    return after._replace(notices=(notice,))


def _funded(account: Account, previous: Decimal | None) -> Account:
    """End the wait for funds once a reading is above the one before it."""
    if account.short_at is None or account.suspect_charge is not None or account.balance is None:
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
    return {"balance": money.text(account.balance), "currency": account.currency, "runway": lasts}
