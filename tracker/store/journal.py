"""Counts what the history says: each row once, by its number, however many daemons count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tracker.lib.histogram import Histogram
from tracker.lib.times import MINUTE
from tracker.orders.order import State
from tracker.orders.outcomes import add_outcome, settled_as, settled_by
from tracker.store import meters
from tracker.store.database import Database
from tracker.store.meters import ADDS, LOST, MOVES, Key

PAGE = 5000
"""Rows counted at a time: some 20 ms of work."""

PATIENCE = 2 * MINUTE
"""How long a missing number may still come: on a server, a transaction with a lower one may end after a higher one."""


class Row(NamedTuple):
    """One change of state, as the history has it."""

    id: int
    at: int
    panel: str
    before: str
    after: str
    why: str
    #: JSON; only where the order was unknown.
    evidence: str | None


_NEW = """
    SELECT h.id, h.at, o.panel, h.from_state, h.to_state, h.why,
    CASE WHEN h.from_state = 'unknown' THEN h.evidence END
    FROM history h JOIN orders o ON o.id = h.order_id WHERE h.id > ? ORDER BY h.id LIMIT ?
"""
_COUNTED = "SELECT MAX(history_id), MAX(whole_at) FROM counted"
_BEGIN = "INSERT INTO counted (history_id) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counted)"
_ADVANCE = "UPDATE counted SET history_id = ?, whole_at = COALESCE(whole_at, ?)"


def count_new(db: Database, now: int) -> bool:
    """Count rows of the history that were not counted yet; tell whether there may be more at once."""
    last = _counted(db)[0]
    rows = [Row(*row) for row in db.sql(_NEW, (last, PAGE))]
    is_more = len(rows) == PAGE
    if db.shared:
        rows = rows[: settled_length([(row.id, row.at) for row in rows], last, now)]
    if not rows and is_whole(db):
        return False
    with db.transaction():
        meters.lock(db)
        db.many(_BEGIN, [()])
        if _counted(db)[0] != last:
            return True  # another daemon has counted them
        meters.add_whole(db, counted(rows))
        db.many(_ADVANCE, [(rows[-1].id if rows else last, None if is_more else now)])
    return is_more


def _counted(db: Database) -> tuple[int, int | None]:
    ((last, whole_at),) = db.sql(_COUNTED)
    return last or 0, whole_at


def is_whole(db: Database) -> bool:
    """Tell whether all that was there at first has been counted: until then, counts say nothing of the pace."""
    return _counted(db)[1] is not None


def settled_length(rows: Sequence[tuple[int, int]], last: int, now: int) -> int:
    """Return how many of these rows, each a number and a time, can have no row before them that is yet to appear."""
    for length, (number, at) in enumerate(rows):
        if number != last + 1 and abs(now - at) < PATIENCE:
            return length
        last = number
    return len(rows)


def counted(rows: Sequence[Row]) -> dict[Key, Histogram]:
    """Count what rows of the history say."""
    found: dict[Key, Histogram] = {}
    for row in rows:
        for key in _keys(row):
            found.setdefault(key, Histogram()).count += 1
    return found


def _keys(row: Row) -> Iterator[Key]:
    yield Key(row.panel, MOVES.name, f"{row.before} {row.after}")
    after = State(row.after)
    if row.before == State.SUBMITTING:
        yield Key(row.panel, ADDS.name, add_outcome(after, row.why))
    if row.before == State.UNKNOWN:
        evidence: dict[str, Any] = json.loads(row.evidence or "{}")
        yield Key(row.panel, LOST.name, f"{settled_as(after)} {settled_by(row.why, evidence)}")
