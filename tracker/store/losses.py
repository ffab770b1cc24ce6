"""Finds the orders whose answers were lost, and what was known when they were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from tracker.lib import money
from tracker.lib.times import DAY
from tracker.orders.ids import counter_of
from tracker.reconciliation.lost_order import LostOrder
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, mark_of, order_of, placeholders

REMEMBERED = 30 * DAY
"""How long an order that the operator released or dropped may still turn out to own an id at the panel."""

CHUNK = 500
"""Values in one `IN (…)`."""

_LOST = f"""
    SELECT {", ".join(f"o.{name}" for name in ORDER_NAMES)}, a.id, a.expected_charge, a.newest_id,
    COALESCE(a.uncharged, a.mark), a.settled_by, a.clear_at, a.absent_at,
    (SELECT MAX(over_at) FROM asks WHERE attempt_id = a.id), h.at
    FROM orders o JOIN history h
    ON h.id = (SELECT MAX(id) FROM history WHERE order_id = o.id AND to_state = 'unknown'{{until}})
    JOIN attempts a ON a.id = (SELECT MAX(id) FROM attempts WHERE order_id = o.id AND at = (
        SELECT at FROM history WHERE id = (
            SELECT MAX(id) FROM history WHERE order_id = o.id AND id < h.id AND to_state = 'submitting')))
    WHERE {{which}} ORDER BY o.id
"""
"""Each lost order with the attempt that it was lost in: by the rows' order and not by time, as clocks are set."""

_OPEN = _LOST.format(until="", which="o.panel = ? AND o.state = 'unknown'")
_CLOSED = _LOST.format(
    until="""
        AND id < (SELECT MAX(id) FROM history
        WHERE order_id = o.id AND from_state = 'unknown' AND to_state IN ('queued', 'dropped'))""",
    which="""o.panel = ? AND o.state <> 'unknown' AND a.absent_at IS NULL
        AND (a.settled_by IS NULL OR a.settled_by >= ? OR h.at >= ?
        OR (SELECT MAX(over_at) FROM asks WHERE attempt_id = a.id) >= ?)
        AND o.id IN (SELECT order_id FROM history
        WHERE from_state = 'unknown' AND to_state IN ('queued', 'dropped') AND at >= ?)""",
)
"""Each by the attempt after which it was released or dropped: it may have been sent and lost again, and found.

One that was proven absent can have no id, and was charged nothing.
"""


class Since(NamedTuple):
    """From when on orders concern those that are lost now."""

    #: An attempt: those that had their time before it can have none of the ids.
    attempt: int = 0
    #: A time: those that were lost before it were charged before the readings of the wallet. Microseconds.
    at: int = 0


ALL = Since()


def lost_orders(db: Database, panel: str, now: int) -> list[LostOrder]:
    """Return the panel's unknown orders, and those that were released or dropped in the last REMEMBERED.

    Of these, those that were proven absent concern nobody any more.
    """
    return open_orders(db, panel) + closed_orders(db, panel, now)


def open_orders(db: Database, panel: str) -> list[LostOrder]:
    """Return the panel's unknown orders."""
    return _with_charges(db, db.sql(_OPEN, (panel,)))


def closed_orders(db: Database, panel: str, now: int, since: Since = ALL) -> list[LostOrder]:
    """Return the orders that were released or dropped in the last REMEMBERED, as far as they still concern others."""
    values = (panel, since.attempt, since.at, since.at, now - REMEMBERED)
    return _with_charges(db, db.sql(_CLOSED, values))


def _with_charges(db: Database, rows: Iterable[Sequence[Any]]) -> list[LostOrder]:
    """Read lost orders, each with the charges that were found since its reading of the wallet."""
    found = list(map(_lost, rows))
    charges = _found_since(db, {one for lost in found for one in _undecided(lost)})
    return [
        replace(lost, found_since=tuple(charges[one] for one in _undecided(lost) if one in charges))
        for lost in found
    ]


def _undecided(lost: LostOrder) -> tuple[int, ...]:
    """Return the attempts that were undecided when the wallet was read that the lost order is compared with."""
    return () if lost.before is None else lost.before.undecided


_FOUND_SINCE = """
    SELECT a.id, COALESCE(o.charge, a.expected_charge) FROM attempts a JOIN orders o ON o.id = a.order_id
    WHERE o.panel_order_id IS NOT NULL AND a.id = (SELECT MAX(id) FROM attempts WHERE order_id = o.id) AND a.id IN
"""


def _found_since(db: Database, undecided: Set[int]) -> dict[int, Decimal | None]:
    """Return what was charged for the orders, by their attempts, that were undecided once, and found since."""
    wanted, found = sorted(undecided), dict[int, Decimal | None]()
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        rows = db.sql(f"{_FOUND_SINCE} ({placeholders(len(part))})", part)
        found |= {attempt_id: money.read(charge) for attempt_id, charge in rows}
    return found


def open_attempts(db: Database, panel: str) -> tuple[int, ...]:
    """Return the lost attempts of the panel's unknown orders."""
    return tuple(lost.attempt_id for lost in open_losses(db, panel))


class OpenLoss(NamedTuple):
    """A panel's unknown order, as far as it must be known while nothing else can be read. Times are microseconds."""

    order_id: int
    attempt_id: int
    lost_at: int
    expected_charge: Decimal | None
    checked_at: int | None
    #: When its next evidence check is due.
    due_at: int
    is_settled: bool


_OPEN_LOSSES = """
    SELECT o.id, a.id, (SELECT MAX(at) FROM history WHERE order_id = o.id AND to_state = 'unknown'),
    (SELECT MAX(over_at) FROM asks WHERE attempt_id = a.id),
    o.expected_charge, o.checked_at, COALESCE(o.due_at, 0), a.settled_by IS NOT NULL
    FROM orders o JOIN attempts a ON a.id = (SELECT MAX(id) FROM attempts WHERE order_id = o.id)
    WHERE o.panel = ? AND o.state = 'unknown' ORDER BY o.id DESC LIMIT ?
"""
_ALL_OF_THEM = 2**62


def open_losses(db: Database, panel: str, newest: int = _ALL_OF_THEM) -> list[OpenLoss]:
    """Return the panel's unknown orders, or the newest of them, each with the attempt that was lost; oldest first."""
    return [
        OpenLoss(order_id, attempt_id, max(lost_at, asked_at or 0), money.read(charge), *rest)
        for order_id, attempt_id, lost_at, asked_at, charge, *rest in db.sql(_OPEN_LOSSES, (panel, newest))[
            ::-1
        ]
    ]


def _lost(row: Sequence[Any]) -> LostOrder:
    attempt_id, charge, newest, mark, settled_by, clear_at, absent_at, asked_at, lost_at = row[
        len(ORDER_NAMES) :
    ]
    return LostOrder(
        order_of(row[: len(ORDER_NAMES)]),
        attempt_id,
        max(lost_at, asked_at or 0),  # asked again, it may have arrived only then
        money.read(charge),
        counter_of(newest),
        mark_of(mark),
        settled_by=settled_by,
        is_clear=clear_at is not None,
        is_absent=absent_at is not None,
    )
