"""One panel account: whether it may be asked, and what each answer says of it and of its wallet. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tracker.events import Event, Notice
from tracker.lib.times import SECOND
from tracker.orders.ledger import CostRange, Mark


class Level(StrEnum):
    """The wallet, compared with its threshold."""

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
    #: What an order should cost that was refused in words that nobody listed, and when it was: while a reading of the
    #: wallet made since is below it, the funds count as short; until there is such a reading, nothing is sent.
    suspect_charge: Decimal | None = None
    suspect_at: int | None = None
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
    #: The highest numeric id that the panel's `status` has confirmed as one of our orders: the basis for evidence.
    newest_id: str | None = None
    #: When the newest try to read the balance failed; None after a good reading.
    balance_failed_at: int | None = None
    #: What the orders are known to have cost.
    spent: CostRange = CostRange()
    #: The newest reading at which nothing was on its way.
    mark: Mark | None = None
    #: The mark from which the wallet is watched for moves that no order explains.
    base: Mark | None = None
    #: When such a move was first seen.
    odd_at: int | None = None
    #: Why lost orders get no automatic verdict; ends by `resume`.
    doubt: str | None = None
    #: The database was found to be older than the one that ran here; ends by `resume`.
    restored_at: int | None = None
    #: Why nothing is sent after an order's id that does not fit those before it; ends by `resume`.
    ids_doubt: str | None = None
    #: The id of the last answer to an `add`, whether confirmed or not.
    answered_id: str | None = None
    #: How that showed, where it is not plain.
    restored_why: str | None = None
    #: The database may be older than the one that ran here: it is compared with the panel before anything is sent.
    unproven_at: int | None = None
    #: What shows that it may be another database; None where only its place has changed.
    unproven_why: str | None = None


class AccountChange(NamedTuple):
    """One decision about an account: what it becomes, and the notices."""

    after: Account
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is sent now. `until` is None when only an event ends it."""

    why: str
    until: int | None = None
    #: Whether only the operator can end it.
    person: bool = False


READING_WAIT = 10 * SECOND
"""How long after a refusal in unknown words the next order waits for a reading of the wallet."""


def submitting_hold(account: Account, now: int) -> Hold | None:
    """Say why no order may be sent now; None when one may."""
    if account.paused_at is not None:
        return Hold("submitting is paused; `tracker resume` restarts it", person=True)
    if account.restored_at is not None:
        why = f"{restored_words(account)}: what it calls queued may have been sent since; `tracker resume` continues"
        return Hold(why, person=True)
    if account.ids_doubt is not None:
        return Hold(f"{account.ids_doubt}; `tracker resume` continues", person=True)
    if account.short_at is not None and account.suspect_charge is not None:
        return Hold(
            "an order that costs more than the wallet holds was refused; waiting for the balance to rise"
        )
    if account.short_at is not None:
        return Hold("the panel refused for lack of funds; waiting for the balance to rise")
    if account.down_at is not None:
        return Hold("the panel does not answer")
    return calling_hold(account, now) or _suspect_hold(account, now)


def _suspect_hold(account: Account, now: int) -> Hold | None:
    """Wait for a reading of the wallet, but not for long: the panel may not tell its balance."""
    if account.suspect_at is None or account.suspect_at > now:
        return None
    until = max(account.suspect_at, account.hold_until or 0) + READING_WAIT
    return Hold("an order was refused in unknown words; reading the balance", until) if now < until else None


def restored_words(account: Account) -> str:
    """Say why a database counts as older than the one that ran here."""
    if account.restored_why is None:
        return "the database is an older copy"
    return f"the database may be an older copy ({account.restored_why})"


def calling_hold(account: Account, now: int) -> Hold | None:
    """Say why the panel may not be asked anything now; None when it may."""
    if account.refused_at is not None:
        why = f"the panel refused the key or the account ({account.refused_words}); `tracker resume` restarts it"
        return Hold(why, person=True)
    if account.hold_until is not None and account.hold_until > now:
        return Hold("the panel asked for a pause, or failed just now", until=account.hold_until)
    return None


def requests_hold(account: Account, now: int) -> Hold | None:
    """Say why nothing may be asked about orders that the panel has, a refill or a cancel; None when it may.

    A pause and a lack of funds stop what spends, not these. A database that may be an older copy stops them, as they
    may have been sent since, and so does an id that does not fit: it may be another order's.
    """
    if account.restored_at is not None or account.unproven_at is not None:
        return Hold("the database may be an older copy", person=account.restored_at is not None)
    if account.ids_doubt is not None:
        return Hold(account.ids_doubt, person=True)
    if account.down_at is not None:
        return Hold("the panel does not answer")
    return calling_hold(account, now)


def after_pause(account: Account, now: int) -> AccountChange:
    """Stop submitting until the operator resumes it."""
    return AccountChange(account if account.paused_at is not None else account._replace(paused_at=now))


def after_unpause(account: Account) -> AccountChange:
    """End a pause, and nothing else that may stop the account."""
    return AccountChange(account if account.paused_at is None else account._replace(paused_at=None))


def after_resume(account: Account) -> AccountChange:
    """Restart an account whatever stopped it."""
    after = account._replace(
        paused_at=None,
        refused_at=None,
        refused_words=None,
        short_at=None,
        short_balance=None,
        suspect_charge=None,
        suspect_at=None,
        hold_until=None,
        failures=0,
        doubt=None,
        restored_at=None,
        ids_doubt=None,
        restored_why=None,
    )
    if account.restored_at is not None:  # the operator has compared the queue, and what the wallet lacks
        after = after._replace(base=None, odd_at=None, unproven_at=None, unproven_why=None)
    if account.refused_at is None:
        return AccountChange(after)
    facts = {"kind": "resumed"}
    return AccountChange(
        after, (Notice(Event.PANEL_UP, account.panel, facts=facts, ends=Event.PANEL_REFUSED),)
    )


def after_restore(account: Account, now: int, why: str | None = None) -> AccountChange:
    """Send nothing from a database that is older than the one that ran here, until the operator says `resume`."""
    if account.restored_at is not None:
        return AccountChange(account)
    return AccountChange(
        account._replace(restored_at=now, restored_why=why, unproven_at=None, unproven_why=None)
    )


def after_move(account: Account, now: int, why: str | None = None) -> AccountChange:
    """Compare a database that may have been put back with the panel, before anything is sent from it.

    `why` says what shows that it may be another database, and so must be compared; None where only its place changed.
    """
    since = now if account.unproven_at is None else account.unproven_at
    return AccountChange(account._replace(unproven_at=since, unproven_why=account.unproven_why or why))


def after_proof(account: Account) -> AccountChange:
    """Note that nothing speaks against the database."""
    return AccountChange(account._replace(unproven_at=None, unproven_why=None))
