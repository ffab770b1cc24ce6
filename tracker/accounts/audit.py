"""Checks that nobody but tracker spends from the wallet: all verdicts about lost orders rest on that. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tracker.accounts.account import Account, AccountChange
from tracker.events import Event, Notice
from tracker.lib import money
from tracker.lib.times import MINUTE
from tracker.orders.ledger import ZERO, CostRange, Mark, unexplained

SHORTEST_WAIT = 10 * MINUTE
"""How long a discrepancy must last: an order may cost something else than expected, which its next poll shows."""


def audit(
    account: Account, mark: Mark, now: int, wait: int, lost_orders: bool, subscribed: bool = False
) -> AccountChange:
    """Compare the wallet with what the orders cost; `wait` is how long a discrepancy must last before it is reported.

    While there are lost orders the wallet is theirs to explain, and it is compared again once they are settled.
    A subscription (`subscribed`) takes money whenever a post appears: no two readings can be compared while one is
    active, which a gap in what is known to be spent says to everybody who tries.
    """
    marked = account._replace(mark=mark)
    if subscribed:
        spent = mark.spent.plus(CostRange(unknowns=1))
        return AccountChange(marked._replace(base=mark, odd_at=None, spent=spent))
    if account.unproven_at is not None:  # the base is still to be compared with what was paid elsewhere
        return AccountChange(marked)
    if lost_orders:
        return AccountChange(marked._replace(odd_at=None))
    if account.restored_at is not None:
        return AccountChange(
            marked
        )  # what is missing was spent on orders that the copy does not know: `unseen`
    sank = None if account.base is None else unexplained(account.base, mark)
    if sank is None or ZERO in sank or sank.high < ZERO:
        return AccountChange(marked._replace(base=mark, odd_at=None))  # a rise is a deposit
    if account.odd_at is None or account.odd_at > now:
        return AccountChange(marked._replace(odd_at=now))
    if now - account.odd_at < wait:
        return AccountChange(marked)
    why = f"the wallet sank by {money.shown(sank.low, account.currency)} more than the orders here cost"
    return flag_discrepancy(marked._replace(base=mark, odd_at=None), why, amount=money.text(sank.low))


def unseen(account: Account) -> Decimal | None:
    """Return what an account has spent since the older copy was made that is its database now; None when unknown.

    A deposit since then hides as much of it.
    """
    mark, restored_at = account.mark, account.restored_at
    if (
        account.base is None
        or mark is None
        or mark.at is None
        or restored_at is None
        or mark.at < restored_at
    ):
        return None
    sank = unexplained(account.base, mark)
    return None if sank is None else max(ZERO, sank.high)


def after_mark(account: Account, mark: Mark) -> AccountChange:
    """Note a reading of the wallet at which nothing was on its way."""
    return AccountChange(account._replace(mark=mark))


def flag_discrepancy(account: Account, why: str, **facts: Any) -> AccountChange:
    """End automatic verdicts for an account until the operator says `resume`; notifies once."""
    if account.doubt is not None:
        return AccountChange(account)
    notice = Notice(
        Event.SPEND_UNEXPLAINED, account.panel, facts={"why": why, "currency": account.currency, **facts}
    )
    return AccountChange(account._replace(doubt=why), (notice,))
