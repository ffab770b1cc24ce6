"""Keeps the evidence about lost orders: which they are, what each check found, and the ids asked about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tracker.lib import money
from tracker.lib.times import DAY
from tracker.orders.ids import counter_of, number_of
from tracker.reconciliation.evidence import LostOrder, Verdict
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, compact, mark_of, order_of

REMEMBERED = 30 * DAY
"""How long an order that the operator released or dropped may still turn out to own an id at the panel."""

CHUNK = 500
"""Values in one `IN (…)`."""

_CHECKS = "SELECT at, ruling, reasons, facts FROM looks WHERE order_id = ? ORDER BY id"


_LOST = f"""
    SELECT {", ".join(f"o.{name}" for name in ORDER_NAMES)}, a.expected_charge, a.newest_id, a.mark, a.at, h.at
    FROM orders o JOIN history h
    ON h.id = (SELECT MAX(id) FROM history WHERE order_id = o.id AND to_state = 'unknown')
    JOIN attempts a ON a.id = (SELECT MAX(id) FROM attempts WHERE order_id = o.id AND at = (
        SELECT at FROM history WHERE id = (
            SELECT MAX(id) FROM history WHERE order_id = o.id AND id < h.id AND to_state = 'submitting')))
    WHERE {{which}} ORDER BY o.id
"""
"""Each lost order with the attempt that it was lost in: by the rows' order and not by time, as clocks are set."""

_OPEN = _LOST.format(which="o.panel = ? AND o.state = 'unknown'")
_SETTLED = _LOST.format(
    which="""o.panel = ? AND o.state <> 'unknown' AND o.id IN (
        SELECT order_id FROM history WHERE from_state = 'unknown' AND to_state IN ('queued', 'dropped') AND at >= ?)"""
)


def lost_orders(db: Database, panel: str, now: int) -> list[LostOrder]:
    """Return the panel's unknown orders, and those that were released or dropped in the last REMEMBERED."""
    rows = [*db.sql(_OPEN, (panel,)), *db.sql(_SETTLED, (panel, now - REMEMBERED))]
    return [_lost(row) for row in rows]


def next_due_check(db: Database, panel: str) -> int | None:
    """Return when the next evidence check of an unknown order is due; None when the panel has none."""
    query = "SELECT MIN(COALESCE(due_at, 0)) FROM orders WHERE panel = ? AND state = 'unknown'"
    found = db.sql(query, (panel,))[0][0]
    return None if found is None else int(found)


def _lost(row: Sequence[Any]) -> LostOrder:
    order = order_of(row[: len(ORDER_NAMES)])
    charge, newest, mark, _sent_at, lost_at = row[len(ORDER_NAMES) :]
    return LostOrder(
        order,
        lost_at,
        money.read(charge),
        counter_of(newest),
        mark_of(mark),
    )


def unchecked(db: Database, panel: str) -> bool:
    """Tell whether an unknown order has had no evidence check yet."""
    query = "SELECT id FROM orders WHERE panel = ? AND state = 'unknown' AND checked_at IS NULL LIMIT 1"
    return bool(db.sql(query, (panel,)))


def any_lost(db: Database, panel: str) -> bool:
    """Tell whether the panel has an unknown order."""
    return bool(db.sql("SELECT id FROM orders WHERE panel = ? AND state = 'unknown' LIMIT 1", (panel,)))


def first_ids_since(db: Database, panel: str, since: int, now: int) -> list[int]:
    """Return the numeric ids of the first few orders that were sent since then, taken, and confirmed by `status`.

    An order that a wrong clock has dated ahead of `now` may have been sent at any time, and is left out.
    """
    query = """
        SELECT panel_order_id FROM orders WHERE panel = ? AND submitted_at BETWEEN ? AND ?
        AND panel_order_id IS NOT NULL AND panel_status IS NOT NULL ORDER BY submitted_at LIMIT 20
    """
    found = (counter_of(one) for (one,) in db.sql(query, (panel, since, now)))
    return [number for number in found if number is not None]


def owned_among(db: Database, panel: str, numbers: Sequence[int]) -> set[int]:
    """Return which of these ids a local order has."""
    found: set[int] = set()
    for start in range(0, len(numbers), CHUNK):
        part = [str(number) for number in numbers[start : start + CHUNK]]
        marks = ", ".join("?" * len(part))
        query = f"SELECT panel_order_id FROM orders WHERE panel = ? AND panel_order_id IN ({marks})"
        found |= {int(one) for (one,) in db.sql(query, (panel, *part))}
    return found | _owned_with_zeros(db, panel, set(numbers)) if numbers else found


def _owned_with_zeros(db: Database, panel: str, numbers: set[int]) -> set[int]:
    """Return which of these ids a local order has with leading zeros, as some panels write them, and some people."""
    query = (
        "SELECT panel_order_id FROM orders WHERE panel = ? AND panel_order_id >= '0' AND panel_order_id < '1'"
    )
    found = {number_of(one) for (one,) in db.sql(query, (panel,))}
    return {one for one in found if one in numbers}


def denials(db: Database, panel: str) -> dict[int, int]:
    """Return how often each id was denied while a higher own id was known."""
    return dict(db.sql("SELECT number, denials FROM probes WHERE panel = ? AND seen = 'denied'", (panel,)))


def strangers(db: Database, panel: str, *, acknowledged: bool = False) -> list[int]:
    """Return the ids that are this account's and that no local order has; the operator has seen the acknowledged."""
    seen = "= 'acknowledged'" if acknowledged else "IN ('stranger', 'unexplained')"
    rows = db.sql(f"SELECT number FROM probes WHERE panel = ? AND seen {seen}", (panel,))
    return [number for (number,) in rows]


def keep_probes(db: Database, panel: str, denied: Iterable[int], found: Iterable[int]) -> None:
    """Record what the panel answered about each id; inside the caller's transaction."""
    db.many(
        "INSERT INTO probes (panel, number, denials) VALUES (?, ?, 1) "
        "ON CONFLICT (panel, number) DO UPDATE SET denials = probes.denials + 1",
        [(panel, number) for number in denied],
    )
    db.many(
        "INSERT INTO probes (panel, number, seen) VALUES (?, ?, 'stranger') "
        "ON CONFLICT (panel, number) DO UPDATE SET seen = 'stranger' WHERE probes.seen = 'denied'",
        [(panel, number) for number in found],
    )


def keep_unexplained(db: Database, panel: str, ids: Iterable[str]) -> None:
    """Record which strange ids no lost order can explain; inside the caller's transaction."""
    query = "UPDATE probes SET seen = 'unexplained' WHERE panel = ? AND number = ? AND seen = 'stranger'"
    db.many(query, [(panel, int(one)) for one in ids])


def acknowledge(db: Database, panel: str) -> None:
    """Record that the operator has seen the unexplained ids, and that none is an order of this queue."""
    query = "UPDATE probes SET seen = 'acknowledged' WHERE panel = ? AND seen = 'unexplained'"
    with db.transaction():
        db.many(query, [(panel,)])


def forget_denials(db: Database, panel: str) -> None:
    """Delete the denials, once no order is unknown that needs them."""
    with db.transaction():
        db.many("DELETE FROM probes WHERE panel = ? AND seen = 'denied'", [(panel,)])


def keep_check(db: Database, verdicts: Iterable[Verdict], facts: Mapping[str, Any], now: int) -> None:
    """Record what one evidence check found, for each order that it was about; inside the caller's transaction."""
    rows = [
        (verdict.order_id, now, str(verdict.ruling), json.dumps(list(verdict.reasons)), compact(facts))
        for verdict in verdicts
    ]
    db.many("INSERT INTO looks (order_id, at, ruling, reasons, facts) VALUES (?, ?, ?, ?, ?)", rows)


class Check(NamedTuple):
    """What one evidence check of an order found: the verdict and its reasons."""

    at: int
    ruling: str
    reasons: list[str]
    facts: dict[str, Any]


def checks(db: Database, order_id: int) -> list[Check]:
    """Return every evidence check of an order, oldest first."""
    return [
        Check(at, ruling, json.loads(reasons), json.loads(facts))
        for at, ruling, reasons, facts in db.sql(_CHECKS, (order_id,))
    ]
