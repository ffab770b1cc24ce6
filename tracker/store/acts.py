"""Records what people did to a panel or to the alerts; what they did to an order is in its history."""

from __future__ import annotations

from typing import NamedTuple

from tracker.store.database import Database

_INSERT = "INSERT INTO acts (at, who, what, panel) VALUES (?, ?, ?, ?)"
_NEWEST = "SELECT at, who, what, panel FROM acts ORDER BY id DESC LIMIT ?"


class Act(NamedTuple):
    """One thing that a person did, like "paused"; `panel` is None where it is about no panel."""

    at: int
    who: str
    what: str
    panel: str | None = None


def note(db: Database, act: Act) -> None:
    """Record an act; inside the caller's transaction where there is one."""
    db.sql(_INSERT, act)


def newest(db: Database, limit: int) -> list[Act]:
    """Return the newest acts, the newest first."""
    return [Act(*row) for row in db.sql(_NEWEST, (limit,))]
