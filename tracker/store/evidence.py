"""Keeps the evidence about lost orders: which they are, what each check found, and the ids asked about."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tracker.orders.ids import counter_of, number_of
from tracker.reconciliation.candidates import Denial
from tracker.reconciliation.evidence import Verdict
from tracker.reconciliation.lost_order import LostOrder, Sighting
from tracker.store import parts
from tracker.store.database import Database
from tracker.store.rows import compact, mark_text, placeholders

CHUNK = 500
"""Values in one `IN (…)`."""

_CHECKS = "SELECT at, ruling, reasons, facts FROM looks WHERE order_id = ? ORDER BY id"


PAGES = (20, 100, CHUNK, CHUNK, CHUNK)
"""Attempts, of all panels, among which the own ids before and after a lost one are looked for: the nearest first."""

_ATTEMPTS_BEFORE = "SELECT id, order_id FROM attempts WHERE id < ? ORDER BY id DESC LIMIT ?"
_ATTEMPTS_AFTER = "SELECT id, order_id FROM attempts WHERE id > ? ORDER BY id LIMIT ?"
_ANSWERED = """
    SELECT o.panel_order_id, (SELECT MAX(id) FROM attempts WHERE order_id = o.id) FROM orders o
    WHERE o.id IN ({marks}) AND o.panel = ? AND o.panel_order_id IS NOT NULL AND o.panel_status IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM history WHERE order_id = o.id AND to_state = 'unknown')
"""
"""The ids that `status` has confirmed, of orders whose answer was never lost: these grow as the attempts do."""


def id_before(db: Database, panel: str, attempt_id: int) -> tuple[int, int] | None:
    """Return the confirmed id of the last order whose answer came before this attempt, and that order's attempt.

    None where there is no such id, or it is no counter.
    """
    found = _answered(db, panel, _ATTEMPTS_BEFORE, attempt_id)
    number = counter_of(found[max(found)]) if found else None
    return None if number is None else (number, max(found))


def ids_after(db: Database, panel: str, attempt_id: int) -> list[int]:
    """Return the confirmed ids of the first orders that were sent after this attempt, in the order of the attempts."""
    found = _answered(db, panel, _ATTEMPTS_AFTER, attempt_id)
    numbers = (counter_of(found[one]) for one in sorted(found))
    return [number for number in numbers if number is not None]


def _answered(db: Database, panel: str, query: str, attempt_id: int) -> dict[int, str]:
    """Return the confirmed ids by their attempts, of the first page of attempts that has some."""
    last = attempt_id
    for size in PAGES:
        page = dict(db.sql(query, (last, size)))
        if not page:
            break
        order_ids = list(dict.fromkeys(page.values()))
        rows = db.sql(_ANSWERED.format(marks=placeholders(len(order_ids))), (*order_ids, panel))
        found = {newest: panel_order_id for panel_order_id, newest in rows if newest in page}
        if found:
            return found
        last = list(page)[-1]
    return {}


def keep_progress(db: Database, lost_orders: Iterable[LostOrder], absent: Container[int], now: int) -> None:
    """Record how far each lost order is settled, and which are proven absent; inside the caller's transaction."""
    query = """
        UPDATE attempts SET settled_by = COALESCE(settled_by, ?), uncharged = ?,
        clear_at = COALESCE(clear_at, ?), absent_at = COALESCE(absent_at, ?) WHERE id = ?
    """
    rows = [
        (
            lost.settled_by,
            mark_text(lost.before),
            now if lost.is_clear else None,
            now if lost.order_id in absent else None,
            lost.attempt_id,
        )
        for lost in lost_orders
    ]
    db.many(query, rows)


def keep_settled(db: Database, attempt_ids: Iterable[int], newest: int) -> None:
    """Record that late arrivals of these attempts had their time before any attempt after the newest one."""
    query = "UPDATE attempts SET settled_by = COALESCE(settled_by, ?) WHERE id = ?"
    db.many(query, [(newest, attempt_id) for attempt_id in attempt_ids])


def any_lost(db: Database, panel: str) -> bool:
    """Tell whether the panel has an unknown order."""
    return bool(db.sql("SELECT id FROM orders WHERE panel = ? AND state = 'unknown' LIMIT 1", (panel,)))


def owned_among(db: Database, panel: str, numbers: Sequence[int]) -> set[int]:
    """Return which of these ids a local order has, or the panel made for one."""
    found: set[int] = set()
    for start in range(0, len(numbers), CHUNK):
        part = [str(number) for number in numbers[start : start + CHUNK]]
        query = f"SELECT panel_order_id FROM orders WHERE panel = ? AND panel_order_id IN ({placeholders(len(part))})"
        found |= {int(one) for (one,) in db.sql(query, (panel, *part))}
    if not numbers:
        return found
    return found | _owned_with_zeros(db, panel, set(numbers)) | parts.among(db, panel, numbers)


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


_DENIED = """
    INSERT INTO probes (panel, number, denials, denied_past) VALUES (?, ?, ?, ?)
    ON CONFLICT (panel, number) DO UPDATE
    SET denials = probes.denials + excluded.denials, denied_past = excluded.denied_past
    WHERE probes.seen = 'denied'
"""
_FOUND = """
    INSERT INTO probes (panel, number, seen, seen_by) VALUES (?, ?, 'stranger', ?)
    ON CONFLICT (panel, number) DO UPDATE
    SET seen = 'stranger', seen_by = COALESCE(probes.seen_by, excluded.seen_by) WHERE probes.seen = 'denied'
"""


def keep_probes(
    db: Database, panel: str, denied: Iterable[Denial], found: Iterable[int], newest: int
) -> None:
    """Record what was said of each id, `newest` being the newest attempt; inside the caller's transaction."""
    db.many(_DENIED, [(panel, one.number, int(one.is_final), one.past) for one in denied])
    db.many(_FOUND, [(panel, number, newest) for number in found])


_SIGHTINGS = "SELECT number, seen_by, denied_past FROM probes WHERE panel = ? AND number IN"


def sightings(db: Database, panel: str, numbers: Sequence[int]) -> dict[str, Sighting]:
    """Return when each of these ids was first called ours, and last denied before that."""
    found: dict[str, Sighting] = {}
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        rows = db.sql(f"{_SIGHTINGS} ({placeholders(len(part))})", (panel, *part))
        found |= {str(number): Sighting(*rest) for number, *rest in rows}
    return found


_WAS_SEEN = "SELECT 1 FROM probes WHERE panel = ? AND number = ? AND seen <> 'denied'"


def was_seen(db: Database, panel: str, panel_order_id: str) -> bool:
    """Tell whether a check found this id to be the account's while no order here had it."""
    number = counter_of(panel_order_id)
    return number is not None and bool(db.sql(_WAS_SEEN, (panel, number)))


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
