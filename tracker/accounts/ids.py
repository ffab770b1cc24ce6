"""Which order ids an account may be given, and what an id that does not fit makes of it. Pure.

The evidence about lost orders rests on ids that grow. So the highest id counts only once the panel's `status` has
confirmed it as ours: one answer with a wrong id would otherwise make every later id look too low, and every later
order unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracker.accounts.account import Account, AccountChange
from tracker.accounts.breaker import after_success
from tracker.events import Event, Notice
from tracker.orders.answers import Accepted, Unanswered
from tracker.orders.ids import highest, is_above, number_of
from tracker.orders.order import Order

GROWTH = 10
"""A new id may be this many times as high as the highest verified one: a panel that had given as many orders in all
its life gives no ten times as many between two of ours."""

HEAD_START = 1_000_000
"""How far above the highest verified id a new one may be at a panel that has just begun to count."""


def after_own_ids(account: Account, panel_order_ids: Iterable[str | None]) -> Account:
    """Remember the highest own id, of ids that the panel's `status` has confirmed as ours."""
    found = highest((account.newest_id, *panel_order_ids))
    return account if found == account.newest_id else account._replace(newest_id=found)


def account_after_poll(account: Account, panel_order_ids: Iterable[str | None]) -> AccountChange:
    """Note that the panel answered, and which ids it confirmed as ours for the first time."""
    return after_success(after_own_ids(account, panel_order_ids))


def account_after_adopt(account: Account, panel_order_id: str) -> AccountChange:
    """Note an own id that was found, and confirmed, rather than answered."""
    return AccountChange(after_own_ids(account, (panel_order_id,)))


def after_answered_id(account: Account, panel_order_id: str) -> Account:
    """Remember the id of the last answer; it proves nothing yet."""
    return account._replace(answered_id=panel_order_id)


def is_unproven(account: Account) -> bool:
    """Tell whether the account was answered with a number, and none is confirmed yet."""
    is_number = account.answered_id is not None and number_of(account.answered_id) is not None
    return account.newest_id is None and is_number


def contradicts(panel_order_id: str, answered_id: str) -> bool:
    """Tell whether a new id is not above the one of the answer before it: one of the two is wrong."""
    return not is_above(panel_order_id, answered_id)


def floor(newest_id: str | None, last: Order | None) -> str | None:
    """Return the id that a new one must be above; `last` is the order before it, which was asked about just now.

    What the panel denies does not count. What it says nothing about may be right.
    """
    if last is None or (last.panel_status is None and last.missing):
        return newest_id
    return highest((newest_id, last.panel_order_id))


def is_far_above(panel_order_id: str, newest_id: str | None) -> bool:
    """Tell whether an id is absurdly higher than the highest verified one; ids that are not numbers never are."""
    number = number_of(panel_order_id)
    known = None if newest_id is None else number_of(newest_id)
    return number is not None and known is not None and number > GROWTH * known + HEAD_START


def after_fit(
    answer: Accepted, newest_id: str | None, owner: int | None, was_seen: bool = False
) -> Accepted | Unanswered:
    """Believe the id of an accepted order only if it fits what is known; `owner` is the order here that has it already.

    `newest_id` is the id that it must be above; None where nothing is known, or ids do not grow. `was_seen`: a check
    found the id to be ours before this order was sent.
    """
    panel_order_id = answer.panel_order_id
    why = _unfit(panel_order_id, newest_id, owner, was_seen)
    return answer if why is None else Unanswered(why, claimed_id=panel_order_id)


def _unfit(panel_order_id: str, newest_id: str | None, owner: int | None, was_seen: bool) -> str | None:
    answered = f"the panel answered with order id {panel_order_id}, which is"
    if owner is not None:
        return f"{answered} order {owner}'s already"
    if was_seen:
        return f"{answered} ours already: a check of lost orders found it before this order was sent"
    if newest_id is not None and not is_above(panel_order_id, newest_id):
        return f"{answered} not above {newest_id}, the newest id before: it may be another order's"
    if is_far_above(panel_order_id, newest_id):
        return f"{answered} far above {newest_id}, the newest id before: it may be no order's"
    return None


def after_unfit_id(account: Account, why: str) -> AccountChange:
    """Send nothing after an id that does not fit, until the operator says `resume`; notifies once."""
    if account.ids_doubt is not None:
        return AccountChange(account)
    facts = {"kind": "ids", "why": why}
    notice = Notice(Event.SPEND_UNEXPLAINED, account.panel, facts=facts)
    return AccountChange(account._replace(ids_doubt=why), (notice,))


def after_ids_resumed(account: Account, verified: Iterable[str]) -> Account:
    """Take the highest id of orders that the panel confirmed for the highest own one, whatever was believed before."""
    return account._replace(ids_doubt=None, answered_id=None, newest_id=highest(verified))
