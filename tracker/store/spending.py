"""Counts what is spent by each panel and each tag, by quarters of an hour, for the limits on spending.

By quarters, because days begin at one in every time zone, so that the config may change its own. The amounts are
exact texts, which a database cannot add up: whoever changes one holds the lock of its panel and of its tag.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from tracker.accounts.limits import Cap, Scope
from tracker.lib import money
from tracker.lib.times import MINUTE
from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.store.rows import placeholders

QUARTER = 15 * MINUTE

WHOLE = ""
"""In place of a tag: all orders of the panel, those without a tag too."""

_AMOUNT = "SELECT amount FROM spending WHERE panel = ? AND tag = ? AND at = ?"
_SET = """
    INSERT INTO spending (panel, tag, at, amount) VALUES (?, ?, ?, ?)
    ON CONFLICT (panel, tag, at) DO UPDATE SET amount = excluded.amount
"""
_OF_PANEL = "SELECT amount FROM spending WHERE panel = ? AND tag = '' AND at >= ?"
_OF_TAG = "SELECT amount FROM spending WHERE tag = ? AND at >= ?"
_TAGS_OF = "SELECT order_id, tag FROM tags WHERE order_id IN ({ids}) ORDER BY order_id, tag"
_ROWS = "SELECT tag, at, amount FROM spending WHERE panel = ?"
_DELETE = "DELETE FROM spending WHERE panel = ?"


class Spent(NamedTuple):
    """What an order counts more, or less, than before; `at` is when it was sent."""

    panel: str
    tags: tuple[str, ...]
    at: int
    amount: Decimal


Place = tuple[str, str, int]
"""A panel, a tag or WHOLE, and the beginning of a quarter."""


def note(db: Database, found: Sequence[Spent]) -> None:
    """Count this, in the transaction that changes the orders."""
    sums: defaultdict[Place, Decimal] = defaultdict(Decimal)
    for one in found:
        for tag in (WHOLE, *one.tags):
            sums[one.panel, tag, one.at // QUARTER * QUARTER] += one.amount
    lock(db, {scope for panel, tag, _ in sums for scope in _scopes(panel, tag)})
    _add(db, sums)


def _scopes(panel: str, tag: str) -> tuple[Scope, ...]:
    return (Scope(panel=panel),) if tag == WHOLE else (Scope(panel=panel), Scope(tag=tag))


def _add(db: Database, sums: dict[Place, Decimal]) -> None:
    for place, amount in sums.items():
        known = db.sql(_AMOUNT, place)
        before = Decimal(known[0][0]) if known else Decimal(0)
        db.many(_SET, [(*place, money.text(before + amount))])


def lock(db: Database, scopes: Iterable[Scope]) -> None:
    """Let nobody else count anything for these until the transaction ends."""
    # Sorted, so that two writers never wait for each other in a circle.
    for scope in sorted(scopes):
        db.lock(f"spending {scope}")


def total(db: Database, scope: Scope, since: int) -> Decimal:
    """Return what was spent since a time, which begins a quarter.

    What a clock that was ahead has dated later counts too.
    """
    rows = db.sql(_OF_TAG, (scope.tag, since)) if scope.tag else db.sql(_OF_PANEL, (scope.panel, since))
    return sum((Decimal(amount) for (amount,) in rows), Decimal(0))


def rooms(db: Database, caps: Iterable[Cap]) -> dict[Cap, Decimal]:
    """Return what may still be spent under each limit."""
    return {cap: cap.most - total(db, cap.scope, cap.since) for cap in caps}


def tags_of(db: Database, order_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags of each of these orders that has any."""
    found: dict[int, tuple[str, ...]] = {}
    if order_ids:
        query = _TAGS_OF.format(ids=placeholders(len(order_ids)))
        for order_id, tag in db.sql(query, (*order_ids,)):
            found[order_id] = (*found.get(order_id, ()), tag)
    return found


def retag(db: Database, order: Order, tags: Sequence[str]) -> None:
    """Count what an order has spent for the tags that it gets, not for those that it loses; in a transaction."""
    if order.spent is None or order.submitted_at is None:
        return
    at = order.submitted_at // QUARTER * QUARTER
    sums = {(order.panel, tag, at): order.spent for tag in tags if tag not in order.tags}
    sums |= {(order.panel, tag, at): -order.spent for tag in order.tags if tag not in tags}
    lock(db, {scope for panel, tag, _ in sums for scope in _scopes(panel, tag)})
    _add(db, sums)


def book(db: Database, panel: str, amount: Decimal, at: int) -> None:
    """Count what a panel's account has spent on orders that are not known here; in a transaction."""
    lock(db, [Scope(panel=panel)])
    _add(db, {(panel, WHOLE, at // QUARTER * QUARTER): amount})


def rename(db: Database, old: str, new: str) -> None:
    """Add what was spent under one name of a panel to another; in a transaction."""
    sums = {(new, tag, at): Decimal(amount) for tag, at, amount in db.sql(_ROWS, (old,))}
    lock(db, {Scope(panel=old), Scope(panel=new)})
    _add(db, sums)
    db.many(_DELETE, [(old,)])
