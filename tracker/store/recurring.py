"""Recurring orders that were added by a command, and up to when each has been queued."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from tracker.store.database import Database
from tracker.store.rows import compact

_ALL = "SELECT name, panel, rule FROM recurring ORDER BY name"
_ADD = "INSERT INTO recurring (name, panel, rule, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM recurring WHERE name = ?"
_LAST = "SELECT at, ref FROM occurrences WHERE name = ?"
_BEGIN = "INSERT INTO occurrences (name, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
_NOTE = "UPDATE occurrences SET at = ?, ref = COALESCE(?, ref) WHERE name = ? AND at < ?"
_ADVANCE = "UPDATE occurrences SET at = ? WHERE at < ?"
_FORGET = "DELETE FROM occurrences WHERE name = ?"
_KNOWN = "SELECT name FROM occurrences"
_STATE_OF = "SELECT state FROM orders WHERE ref = ?"


class Last(NamedTuple):
    """Up to when a recurring order has been queued, or passed over, and the ref of the newest that was queued."""

    at: int
    ref: str | None


def added(db: Database) -> dict[str, dict[str, Any]]:
    """Return the rules that were added by a command, as JSON values, by name; the panel may have been renamed since."""
    return {name: {**json.loads(rule), "panel": panel} for name, panel, rule in db.sql(_ALL)}


def add(db: Database, name: str, panel: str, rule: Mapping[str, Any], now: int) -> bool:
    """Keep a rule; False when there is one of this name."""
    with db.transaction():
        return bool(db.many(_ADD, [(name, panel, compact(rule), now)])) and begin(db, name, now) is not None


def remove(db: Database, name: str) -> bool:
    """Forget a rule; False when none of this name was added by a command. Its orders stay."""
    with db.transaction():
        db.many(_FORGET, [(name,)])
        return bool(db.many(_REMOVE, [(name,)]))


def begin(db: Database, name: str, now: int) -> Last:
    """Return up to when an order has been queued; from now on, where it was not known."""
    found = db.sql(_LAST, (name,))
    if found:
        return Last(*found[0])
    with db.transaction():
        db.many(_BEGIN, [(name, now)])
    return Last(*db.sql(_LAST, (name,))[0])


def last(db: Database, name: str) -> Last | None:
    """Return up to when an order has been queued; None while no daemon has seen its rule."""
    found = db.sql(_LAST, (name,))
    return Last(*found[0]) if found else None


def note(db: Database, name: str, at: int, ref: str | None) -> bool:
    """Record that it was queued up to a time, or passed over; False when another daemon has."""
    return bool(db.many(_NOTE, [(at, ref, name, at)]))


def pass_over(db: Database, until: int) -> None:
    """Queue nothing any more whose time was not after this one."""
    with db.transaction():
        db.many(_ADVANCE, [(until, until)])


def keep_only(db: Database, names: Collection[str]) -> None:
    """Forget up to when the others were queued: one that comes back later begins anew, and makes up nothing."""
    gone = {name for (name,) in db.sql(_KNOWN)} - set(names)
    if gone:
        with db.transaction():
            db.many(_FORGET, [(name,) for name in sorted(gone)])


def is_queued(db: Database, ref: str | None) -> bool:
    """Tell whether the order of this ref still waits to be sent."""
    found = db.sql(_STATE_OF, (ref,)) if ref is not None else []
    return bool(found) and found[0][0] == "queued"
