"""Keeps when active orders were checked and are due again, one row for all that are due together.

Every active order is in one cohort. Whoever changes one locks it first, before the rows of its orders, where rows are
locked at all: whoever polls a part of what is due has locked its cohorts, and two could wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from tracker.orders.cohorts import Cohort, Polled, Slot, members, regroup
from tracker.store.database import Database

_FOUND = "INSERT INTO cohorts (panel, due_at, checked_at) VALUES (?, ?, ?) RETURNING id"
_REMOVE = "DELETE FROM cohorts WHERE id {one_of} RETURNING id"
_STANDING = """
    SELECT id, panel, (SELECT COUNT(*) FROM polls WHERE cohort = cohorts.id),
    (SELECT COALESCE(SUM(polls.id), 0) FROM polls WHERE cohort = cohorts.id) FROM cohorts WHERE id {one_of}
"""
_COHORTS_OF = "SELECT id, cohort FROM polls WHERE id {one_of}"
_CHECKED_AT = "SELECT id, checked_at FROM cohorts WHERE id {one_of}"
_LOCK = "SELECT id FROM cohorts WHERE id = ANY (CAST(? AS BIGINT[])) ORDER BY id FOR UPDATE"


def found(db: Database, slot: Slot) -> int:
    """Make a cohort, for orders that are put into it in the same transaction; return its id."""
    return int(db.sql(_FOUND, slot)[0][0])


def lock(db: Database, order_ids: Collection[int], repeated: Iterable[Polled] = ()) -> dict[int, int]:
    """Lock active orders, and the cohorts of them and of those that were polled; return the cohort of each order."""
    if db.for_update:
        polled = {one.order_id: one.cohort for one in repeated}
        _lock(db, {*order_ids, *polled}, {*polled.values(), *places(db, order_ids).values()})
    return places(db, order_ids, f" ORDER BY id{db.for_update}")


def _lock(db: Database, order_ids: Collection[int], wanted: set[int]) -> None:
    """Lock the cohorts of orders until none of them is in another one: it may have gone over while this waited."""
    locked: set[int] = set()
    while not wanted <= locked:
        db.sql(_LOCK, (sorted(wanted - locked),))
        locked |= wanted
        wanted = {*places(db, order_ids).values()}


def places(db: Database, order_ids: Collection[int], suffix: str = "") -> dict[int, int]:
    """Return the cohort of each of these orders that is active."""
    found: dict[int, int] = dict(_rows(db, _COHORTS_OF + suffix, sorted(order_ids)))
    return found


def reschedule(db: Database, polled: Sequence[Polled], left: Collection[int] = ()) -> None:
    """Write when orders are due and were checked; in the transaction that locked them.

    `left` are cohorts of which orders were taken: one that has none any more is removed.
    """
    if not polled and not left:
        return
    found_again = members(polled)
    standing = _standing(db, {*found_again, *left})
    moved = {
        cohort
        for cohort, order_ids in found_again.items()
        if cohort not in standing or not standing[cohort].is_of(order_ids)
    }
    if moved:
        polled = _where_they_are(db, polled, moved)
        standing |= _standing(db, {one.cohort for one in polled} - standing.keys())
    _write(db, polled, standing)


def postpone(db: Database, order_ids: Collection[int], due_at: int) -> None:
    """Set when these orders are polled next, and nothing else."""
    with db.transaction():
        cohorts = lock(db, order_ids)
        checked_at: dict[int, int | None] = dict(_rows(db, _CHECKED_AT, sorted({*cohorts.values()})))
        put_off = [Polled(one, cohort, due_at, checked_at[cohort]) for one, cohort in cohorts.items()]
        reschedule(db, put_off)


def _write(db: Database, polled: Sequence[Polled], standing: dict[int, Cohort]) -> None:
    done = regroup(polled, standing)
    kept = [(slot.due_at, slot.checked_at, cohort) for cohort, slot in done.kept]
    db.change("cohorts", ("due_at", "checked_at"), kept)
    joined = done.joined
    for slot, order_ids in done.founded:
        cohort = found(db, slot)
        joined += [(cohort, order_id) for order_id in order_ids]
    db.change("polls", ("cohort",), joined)
    _rows(db, _REMOVE, done.emptied)


def _where_they_are(db: Database, polled: Iterable[Polled], moved: Collection[int]) -> list[Polled]:
    """Return the orders with the cohorts that they are in now, each once, without those that are active no more.

    Only a part of a cohort was polled, or another process has changed it since it was read.
    """
    once = {one.order_id: one for one in polled}
    now = places(db, [one.order_id for one in once.values() if one.cohort in moved])
    return [
        one if one.cohort not in moved else one._replace(cohort=now[one.order_id])
        for one in once.values()
        if one.cohort not in moved or one.order_id in now
    ]


def _standing(db: Database, ids: Collection[int]) -> dict[int, Cohort]:
    rows = _rows(db, _STANDING, sorted(ids))
    return {row[0]: Cohort(row[0], row[1], row[2], int(row[3])) for row in rows}


def _rows(db: Database, statement: str, ids: Sequence[int]) -> list[Any]:
    if not ids:
        return []
    one_of, values = db.engine.among(ids)
    return db.sql(statement.format(one_of=one_of), values)
