"""Deletes orders that ended long ago, and keeps their names: the same file must not be paid for twice.

A ref, or the key of an imported row, outlives its order for ten years of running, in a small table of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tracker.store import counters, tag_counts
from tracker.store.database import Database
from tracker.store.names import CONTENT, Name, asked_for, digest, names_of
from tracker.store.rows import placeholders
from tracker.store.uptime import Horizon

KEPT_DAYS = 3650
"""For how many days of running the names of pruned orders are kept."""

CHUNK = 500
"""Names in one `IN (…)`."""


class Pruned(NamedTuple):
    """What is kept of an order that was pruned."""

    order_id: int
    state: str
    #: A digest of what it asked for.
    content: str
    finished_at: int | None
    pruned_at: int


_FINISHED = """
    SELECT id, panel, state, ref, import_key, panel_order_id, attempts, finished_at, tags FROM
        (SELECT * FROM orders WHERE finished_at < ? ORDER BY finished_at LIMIT ?{locked}) AS ended
    WHERE NOT EXISTS (SELECT 1 FROM history h WHERE h.order_id = ended.id AND h.id > ?)
"""
_CONTENT = f"SELECT {', '.join(CONTENT)} FROM orders WHERE id = ?"
_DELETE = "DELETE FROM orders WHERE id = ?"
_KEPT = ("kind", "name", *Pruned._fields, "day")
_KEEP = f"""
    INSERT INTO pruned_names ({", ".join(_KEPT)}) VALUES ({placeholders(len(_KEPT))})
    ON CONFLICT (kind, name) DO UPDATE SET {", ".join(f"{one} = excluded.{one}" for one in _KEPT[2:])}
"""
_ANY = "SELECT 1 FROM pruned_names LIMIT 1"
_FIND = f"SELECT name, {', '.join(Pruned._fields)} FROM pruned_names WHERE kind = ? AND name IN ({{names}})"
_FORGET = "DELETE FROM pruned_names WHERE day < ?"


def prune(db: Database, horizon: Horizon, limit: int, now: int) -> int:
    """Delete up to `limit` orders with their history, and keep their names; return how many."""
    with db.transaction():
        statement = _FINISHED.format(locked=db.skip_locked)
        finished = db.sql(statement, (horizon.before, limit, horizon.history_id))
        db.many(_KEEP, (row for order in finished for row in _names(db, order, now, horizon.day)))
        # One by one: to find many ids at once, PostgreSQL would read the whole table.
        db.many(_DELETE, [(order[0],) for order in finished])
        counters.move(db, left=((order[1], order[2]) for order in finished))
        tag_counts.move(db, left=((json.loads(order[-1] or "[]"), order[2]) for order in finished))
    return len(finished)


def _names(db: Database, order: Sequence[Any], now: int, day: int) -> Iterator[tuple[Any, ...]]:
    order_id, panel, state, ref, key, panel_order_id, attempts, finished_at, _ = order
    names = names_of(ref, key, panel, None if attempts else panel_order_id)
    if names:
        content = digest(asked_for(db.sql(_CONTENT, (order_id,))[0], attempts))
        for kind, *name in names:
            yield kind, "\n".join(name), order_id, state, content, finished_at, now, day


def find(db: Database, names: Iterable[Name]) -> dict[Name, Pruned]:
    """Return what is kept of the orders that had one of these names."""
    wanted: dict[str, dict[str, Name]] = {}
    for one in names:
        wanted.setdefault(one[0], {})["\n".join(one[1:])] = one
    if not wanted or not db.sql(_ANY):
        return {}
    found: dict[Name, Pruned] = {}
    for kind, by_text in wanted.items():
        texts = list(by_text)
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            rows = db.sql(_FIND.format(names=placeholders(len(part))), (kind, *part))
            found.update((by_text[text], Pruned(*kept)) for text, *kept in rows)
    return found


def any_of(db: Database, kind: str, names: Iterable[str]) -> bool:
    """Tell whether an order that was pruned had one of these names of a kind."""
    return bool(db.sql(_ANY)) and bool(find(db, ((kind, name) for name in names)))


def forget(db: Database, day: int) -> None:
    """Delete the names that were kept for long enough, by the days that daemons have run."""
    with db.transaction():
        db.many(_FORGET, [(day - KEPT_DAYS,)])
