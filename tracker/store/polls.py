"""What every poll reads and writes of the active orders, in a narrow table: the wide row is touched only by news.

An order has a row here as long as it is active. While it has one, `due_at` and `checked_at` of its wide row are those
of when it became active, and nobody reads them (`rows.order_columns`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from tracker.orders.followed import Followed, Repeated
from tracker.store.database import Database
from tracker.store.rows import placeholders

_SELECT = "SELECT id, panel_order_id, service, since, due_at, checked_at, digest FROM polls"

Cursor = tuple[int, int]
"""The place of an order among those to be polled (keyset pagination): its `due_at` and its id."""

START: Cursor = (-(2**63), 0)
"""The place before all orders."""


def cursor_of(order: Followed) -> Cursor:
    """Return the place of an order among those to be polled."""
    return order.due_at, order.id


_FITS = "(due_at <= ? OR checked_at IS NULL OR checked_at <= ? OR checked_at > ?)"
_DUE_THEN = f"{_SELECT} WHERE panel = ? AND due_at = ? AND id > ? AND {_FITS} ORDER BY id LIMIT ?"
_DUE_LATER = f"{_SELECT} WHERE panel = ? AND due_at > ? AND {_FITS} ORDER BY due_at, id LIMIT ?"
"""Two: SQLite does not find `(due_at, id) > (?, ?)` in the index, but passes over all that are due at one time."""


def due(
    db: Database, panel: str, count: int, now: int, shortest: int, after: Cursor = START
) -> list[Followed]:
    """Return the active orders that are due first, and others to fill the call: a full call costs the same.

    Left out is what is not due and was checked less than `shortest` microseconds ago, because that is too soon for
    news, and what does not come `after` a place, because it was returned before.
    """
    fits = now, now - shortest, now
    rows = [] if after == START else db.sql(_DUE_THEN + db.skip_locked, (panel, *after, *fits, count))
    if len(rows) < count:
        rows += db.sql(_DUE_LATER + db.skip_locked, (panel, after[0], *fits, count - len(rows)))
    return [Followed._make((*row, True)) for row in rows]


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
    return [Followed._make((*row, None, False)) for row in found]


def next_recheck_at(db: Database, panel: str) -> int | None:
    """Return when the next finished order of a panel is due for another check; None when none is."""
    found = db.sql(_NEXT_RECHECK_AT, (panel,))
    return int(found[0][0]) if found else None


_NEXT_AT = "SELECT MIN(due_at) FROM polls WHERE panel = ?"
_POSTPONE = "UPDATE polls SET due_at = ? WHERE id = ?"


def next_at(db: Database, panel: str) -> int | None:
    """Return when the next poll of a panel is due; None when it has no active order."""
    at: int | None = db.sql(_NEXT_AT, (panel,))[0][0]
    return at


def postpone(db: Database, order_ids: Iterable[int], due_at: int) -> None:
    """Set when these orders are polled next, and nothing else."""
    with db.transaction():
        db.many(_POSTPONE, [(due_at, order_id) for order_id in order_ids])


_BEGIN = """
    INSERT INTO polls (id, panel, panel_order_id, service, since, due_at, checked_at)
    SELECT id, panel, panel_order_id, service, COALESCE(submitted_at, created_at), COALESCE(due_at, 0), checked_at
    FROM orders WHERE {which} AND state = 'active' AND panel_order_id IS NOT NULL
"""
_BEGIN_ONE = _BEGIN.format(which="id = ?")
_BEGIN_NAMED = _BEGIN.format(which="panel = ? AND panel_order_id = ?")
_END = "DELETE FROM polls WHERE id = ?"
_REPEATED = "UPDATE polls SET checked_at = ?, due_at = ? WHERE id = ?"
_REPEATED_ON_SERVER = """
    UPDATE polls SET checked_at = said.checked_at, due_at = said.due_at
    FROM unnest(CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])) AS said (checked_at, due_at, id)
    WHERE polls.id = said.id
"""
"""One statement for all: a server plans, runs and answers each statement for itself."""

_FORGET = "UPDATE polls SET digest = NULL WHERE id = ?"
_POLLED = "UPDATE polls SET checked_at = ?, due_at = ?, digest = ? WHERE id = ?"


class Polled(NamedTuple):
    """What a poll changes of an active order, beside its news, in the order in which it is bound."""

    checked_at: int | None
    due_at: int
    digest: int | None
    order_id: int


def begin(db: Database, order_ids: Collection[int]) -> None:
    """Follow orders that have become active, as their rows say; in the transaction that wrote those."""
    db.many(_BEGIN_ONE, [(order_id,) for order_id in order_ids])


def begin_named(db: Database, names: Iterable[Sequence[str]]) -> None:
    """Follow orders that were queued as active, by their panels and the panels' ids; in the same transaction."""
    db.many(_BEGIN_NAMED, names)


def end(db: Database, order_ids: Collection[int]) -> None:
    """Follow orders no more; in the transaction that wrote their end."""
    db.many(_END, [(order_id,) for order_id in order_ids])


def keep(db: Database, polled: Iterable[Polled]) -> None:
    """Keep when orders were checked and are due again, and the digest of what was said of them."""
    db.many(_POLLED, polled)


def forget(db: Database, order_ids: Collection[int]) -> None:
    """Have the next answer about these orders read with care, whatever it says."""
    db.many(_FORGET, [(order_id,) for order_id in order_ids])


def repeat(db: Database, repeated: Sequence[Repeated]) -> None:
    """Keep when orders were checked and are due again of which the same was said."""
    if not db.shared:
        db.many(_REPEATED, repeated)
    elif repeated:
        db.sql(_REPEATED_ON_SERVER, [list(column) for column in zip(*repeated, strict=True)])


def lock(db: Database, order_ids: Iterable[int]) -> None:
    """Lock the rows of active orders before their wide rows, where rows are locked at all.

    Whoever polls a part of what is due has locked its rows here first: in another order, two could wait for each other.
    """
    if db.for_update and (ids := sorted(order_ids)):
        db.sql(f"SELECT id FROM polls WHERE id IN ({placeholders(len(ids))}) ORDER BY id{db.for_update}", ids)
