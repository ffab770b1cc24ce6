"""Keeps the evidence about lost orders: which they are, what each check found, and the ids asked about."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from tracker.lib import money
from tracker.lib.times import DAY
from tracker.orders.ids import counter_of, number_of
from tracker.reconciliation.candidates import Denial
from tracker.reconciliation.evidence import Verdict
from tracker.reconciliation.lost_order import LostOrder, Sighting
from tracker.store import parts
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, compact, mark_of, mark_text, order_of, placeholders

REMEMBERED = 30 * DAY
"""How long an order that the operator released or dropped may still turn out to own an id at the panel."""

CHUNK = 500
"""Values in one `IN (…)`."""

_CHECKS = "SELECT at, ruling, reasons, facts FROM looks WHERE order_id = ? ORDER BY id"


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
_SETTLED = _LOST.format(
    until="""
        AND id < (SELECT MAX(id) FROM history
        WHERE order_id = o.id AND from_state = 'unknown' AND to_state IN ('queued', 'dropped'))""",
    which="""o.panel = ? AND o.state <> 'unknown' AND a.absent_at IS NULL AND o.id IN (
        SELECT order_id FROM history WHERE from_state = 'unknown' AND to_state IN ('queued', 'dropped') AND at >= ?)""",
)
"""Each by the attempt after which it was released or dropped: it may have been sent and lost again, and found.

One that was proven absent can have no id, and was charged nothing.
"""


def lost_orders(db: Database, panel: str, now: int) -> list[LostOrder]:
    """Return the panel's unknown orders, and those that were released or dropped in the last REMEMBERED.

    Of these, those that were proven absent concern nobody any more.
    """
    rows = [*db.sql(_OPEN, (panel,)), *db.sql(_SETTLED, (panel, now - REMEMBERED))]
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
    WHERE o.panel = ? AND o.state = 'unknown' ORDER BY o.id
"""


def open_losses(db: Database, panel: str) -> list[OpenLoss]:
    """Return the panel's unknown orders, each with the attempt that was lost."""
    return [
        OpenLoss(order_id, attempt_id, max(lost_at or 0, asked_at or 0), money.read(charge), *rest)
        for order_id, attempt_id, lost_at, asked_at, charge, *rest in db.sql(_OPEN_LOSSES, (panel,))
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
