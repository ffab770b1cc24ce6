"""Reads what a statement is made of, a page at a time: orders that were sent, or ended, and readings of the wallet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from tracker.accounts.retraced import Reading
from tracker.accounts.sums import Amount
from tracker.lib import money
from tracker.orders.bill import Ended, Sent, taken
from tracker.orders.order import ENDED, State
from tracker.store.database import Database
from tracker.store.rows import placeholders

PAGE = 5000
"""Rows read at a time, so that a report over any number of orders needs little memory."""

_SENT = """
    SELECT id, submitted_at, service, attempts, state, charge, expected_charge, paid FROM orders
    WHERE panel = ? AND submitted_at <= ? AND (submitted_at, id) > (?, ?) ORDER BY submitted_at, id LIMIT ?
"""
_ENDED = """
    SELECT id, finished_at, submitted_at, service, state, charge, expected_charge, paid, remains,
        COALESCE(units, quantity)
    FROM orders WHERE finished_at <= ? AND (finished_at, id) > (?, ?)
    AND panel || '' = ? AND state || '' IN ('partial', 'canceled', 'failed') ORDER BY finished_at, id LIMIT ?
"""
"""By the time of the end and by no other index: most orders end otherwise, but few ended just then."""
_DOUBTFUL = """
    SELECT submitted_at, expected_charge, id FROM orders WHERE panel = ? AND submitted_at BETWEEN ? AND ?
    AND state IN ('unknown', 'submitting', 'dropped') AND expected_charge IS NOT NULL
    ORDER BY submitted_at LIMIT 1000
"""
_READINGS = """
    SELECT at, id, amount FROM balances WHERE panel = ? AND at <= ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?
"""
_BEFORE = "SELECT MAX(at) FROM balances WHERE panel = ? AND at <= ?"
_TAGS = "SELECT order_id, tag FROM tags WHERE order_id IN ({ids}) ORDER BY tag"
_ANY = "SELECT 1 FROM orders WHERE panel = ? AND submitted_at >= ? AND submitted_at < ? LIMIT 1"

_STATES = {str(state): state for state in (State.ACTIVE, *ENDED)}
"""States in which the panel has taken an order."""


def sent(db: Database, panel: str, since: int, until: int) -> Iterator[list[Sent]]:
    """Yield the orders that a panel has taken, by when they were sent, page by page."""
    place = (since - 1, 2**62)
    while rows := db.sql(_SENT, (panel, until, *place, PAGE)):
        yield [
            Sent(order_id, at, service, attempts, _paid(state, *amounts))
            for order_id, at, service, attempts, state, *amounts in rows
            if state in _STATES
        ]
        place = (rows[-1][1], rows[-1][0])


def _paid(state: str, charge: str | None, expected: str | None, paid: str | None) -> Decimal | None:
    if charge is not None and state in ("active", "completed"):
        return Decimal(charge)  # nearly all of them
    return taken(_STATES[state], money.read(charge), money.read(expected), money.read(paid))


def ended(db: Database, panel: str, since: int, until: int) -> Iterator[list[Ended]]:
    """Yield the orders of a panel of which money may come back, by when they were seen to have ended, page by page."""
    place = (since - 1, 2**62)
    while rows := db.sql(_ENDED, (until, *place, panel, PAGE)):
        yield [_ended(*row) for row in rows]
        place = (rows[-1][1], rows[-1][0])


def _ended(order_id: int, at: int, sent_at: int | None, service: str, state: str, *rest: Any) -> Ended:
    charge, expected, paid, remains, total = rest
    return Ended(
        order_id, at, sent_at, service, _STATES[state],
        money.read(charge), money.read(expected), money.read(paid), remains, total or None,
    )  # fmt: skip


def doubtful(db: Database, panel: str, since: int, until: int) -> list[Amount]:
    """Return what orders may have taken that are unknown, or were given up after they were sent."""
    rows = db.sql(_DOUBTFUL, (panel, since, until))
    return [Amount(at, Decimal(charge), order_id) for at, charge, order_id in rows]


def last_reading_at(db: Database, panel: str, at: int) -> int | None:
    """Return when the wallet was last read, as of a time; None when it never was by then."""
    found: int | None = db.sql(_BEFORE, (panel, at))[0][0]
    return found


def readings(db: Database, panel: str, since: int, until: int) -> Iterator[Reading]:
    """Yield the readings of a wallet, oldest first."""
    place = (since - 1, 2**62)
    while rows := db.sql(_READINGS, (panel, until, *place, PAGE)):
        yield from (Reading(at, Decimal(amount)) for at, _, amount in rows)
        place = rows[-1][:2]


def tags(db: Database, order_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the tags of each of these orders that has any."""
    found: dict[int, list[str]] = {}
    ids = list(order_ids)
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for order_id, tag in db.sql(_TAGS.format(ids=placeholders(len(part))), part):
            found.setdefault(order_id, []).append(tag)
    return found


def any_sent(db: Database, panel: str, since: int, until: int) -> bool:
    """Tell whether any order of a panel was sent then."""
    return bool(db.sql(_ANY, (panel, since, until)))
