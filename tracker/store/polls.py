"""What every poll reads and writes of the active orders, in a narrow table: the wide row is touched only by news.

An order has a row here as long as it is active. When it was checked and is due stands once for all orders of its
cohort (`store.cohorts`); `due_at` and `checked_at` of its wide row are then those of when it became active, and nobody
reads them (`rows.order_columns`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tracker.orders.cohorts import SIZE, Slot
from tracker.orders.followed import Followed, followed
from tracker.orders.order import Order
from tracker.store import cohorts
from tracker.store.database import Database

Cursor = tuple[int, int, int]
"""The place of an order among those to be polled (keyset pagination): its `due_at`, its cohort, and its id."""

START: Cursor = (-(2**63), 0, 0)
"""The place before all orders."""


def cursor_of(order: Followed) -> Cursor:
    """Return the place of an order among those to be polled."""
    return order.due_at, order.cohort, order.id


_SELECT = """
    SELECT polls.id, panel_order_id, service, since, due_at, checked_at, digest, cohort, TRUE
    FROM cohorts CROSS JOIN polls WHERE polls.cohort = cohorts.id AND cohorts.panel = ?
"""
_FITS = "(due_at <= ? OR checked_at IS NULL OR checked_at <= ? OR checked_at > ?)"
_IN_ORDER = "ORDER BY due_at, cohorts.id, polls.id LIMIT ?"
_DUE_THEN = f"""
    {_SELECT} AND due_at = ? AND cohorts.id >= ? AND (cohorts.id > ? OR polls.id > ?) AND {_FITS} {_IN_ORDER}
"""
_SIZE = "SELECT COUNT(*) FROM polls WHERE cohort = ?"
_DUE_LATER = f"{_SELECT} AND due_at > ? AND {_FITS} {_IN_ORDER}"
"""Two: SQLite does not find `(due_at, id) > (?, ?)` in the index, but passes over all that are due at one time."""

CUT_SHARE = 20
"""A cohort is not cut for one in so many of the orders that are picked: they come with the rest of it."""


def due(
    db: Database, panel: str, count: int, now: int, shortest: int, after: Cursor = START
) -> list[Followed]:
    """Return the active orders that are due first, and others to fill the call: a full call costs the same.

    Left out is what is not due and was checked less than `shortest` microseconds ago, because that is too soon for
    news, and what does not come `after` a place, because it was returned before. The cohorts are locked, where rows
    are, and those passed over that another daemon has locked.
    """
    fits, locked = (now, now - shortest, now), db.skip_locked.replace("SKIP", "OF cohorts SKIP")
    due_at, cohort, order_id = after
    rows = []
    if after != START:
        rows = db.sql(_DUE_THEN + locked, (panel, due_at, cohort, cohort, order_id, *fits, count))
    if len(rows) < count:
        rows += db.sql(_DUE_LATER + locked, (panel, due_at, *fits, count - len(rows)))
    picked = [*map(Followed._make, rows)]
    if len(picked) == count:
        picked = _without_a_few(db, picked)
    return _still_there(db, picked) if db.shared else picked


def _still_there(db: Database, picked: Sequence[Followed]) -> list[Followed]:
    """Leave out what left its cohort just before that was locked: another daemon has polled it a moment ago."""
    places = cohorts.places(db, [one.id for one in picked])
    return [one for one in picked if places.get(one.id) == one.cohort]


def _without_a_few(db: Database, picked: list[Followed]) -> list[Followed]:
    """Leave out the orders of the last cohort, where that are a few only, and the count has cut it."""
    cohort = picked[-1].cohort
    few = next((n for n, one in enumerate(reversed(picked)) if one.cohort != cohort), len(picked))
    if few * CUT_SHARE > len(picked) or few == db.sql(_SIZE, (cohort,))[0][0]:
        return picked
    return picked[:-few]


_RECHECKS = """
    SELECT id, panel_order_id, service, COALESCE(submitted_at, created_at), due_at, checked_at
    FROM orders WHERE panel = ? AND due_at <= ? AND finished_at IS NOT NULL
    AND state IN ('completed', 'partial', 'canceled', 'failed') ORDER BY due_at LIMIT ?
"""
_NEXT_RECHECK_AT = """
    SELECT due_at FROM orders WHERE panel = ? AND due_at IS NOT NULL AND finished_at IS NOT NULL
    AND state IN ('completed', 'partial', 'canceled', 'failed') ORDER BY due_at LIMIT 1
"""


def rechecks(db: Database, panel: str, count: int, now: int) -> list[Followed]:
    """Return orders that are over and due for another check."""
    found = db.sql(_RECHECKS + db.skip_locked, (panel, now, count))
    return [Followed._make((*row, None, 0, False)) for row in found]


def next_recheck_at(db: Database, panel: str) -> int | None:
    """Return when the next finished order of a panel is due for another check; None when none is."""
    found = db.sql(_NEXT_RECHECK_AT, (panel,))
    return int(found[0][0]) if found else None


_NEXT_AT = """
    SELECT due_at FROM cohorts WHERE panel = ? AND EXISTS (SELECT 1 FROM polls WHERE cohort = cohorts.id)
    ORDER BY due_at LIMIT 1
"""


def next_at(db: Database, panel: str) -> int | None:
    """Return when the next poll of a panel is due; None when it has no active order."""
    found = db.sql(_NEXT_AT, (panel,))
    return int(found[0][0]) if found else None


_BEGIN = """
    INSERT INTO polls (id, panel, panel_order_id, service, since, cohort) VALUES (?, ?, ?, ?, ?, ?)
"""
_BEGIN_NAMED = """
    INSERT INTO polls (id, panel, panel_order_id, service, since, cohort)
    SELECT id, panel, panel_order_id, service, created_at, CAST(? AS BIGINT)
    FROM orders WHERE panel = ? AND panel_order_id = ? AND state = 'active'
"""
_END = "DELETE FROM polls WHERE id = ?"


def begin(db: Database, orders: Iterable[Order]) -> None:
    """Follow orders that have become active; in the transaction that wrote their rows."""
    for order in orders:
        if order.panel_order_id is None:
            continue
        cohort = cohorts.found(db, Slot(order.panel, order.due_at or 0, order.checked_at))
        known = followed(order)
        db.many(_BEGIN, [(known.id, order.panel, known.panel_order_id, known.service, known.since, cohort)])


def begin_named(db: Database, names: Sequence[tuple[str, str]], now: int) -> None:
    """Follow orders that were queued as active now, by their panels and the panels' ids; in the same transaction."""
    by_panel: dict[str, list[str]] = {}
    for panel, panel_order_id in names:
        by_panel.setdefault(panel, []).append(panel_order_id)
    for panel, ids in by_panel.items():
        for start in range(0, len(ids), SIZE):
            cohort = cohorts.found(db, Slot(panel, now, None))
            db.many(_BEGIN_NAMED, [(cohort, panel, one) for one in ids[start : start + SIZE]])


def end(db: Database, order_ids: Collection[int]) -> None:
    """Follow orders no more; in the transaction that wrote their end."""
    db.many(_END, [(order_id,) for order_id in order_ids])


def keep(db: Database, digests: Iterable[tuple[int | None, int]]) -> None:
    """Keep the digest of what was said of each order; None has the next answer read with care, whatever it says."""
    db.change("polls", ("digest",), digests)
