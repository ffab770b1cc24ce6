"""Keeps the silences of alerts, and finds the one that keeps a notice back; `alerts.silences` decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.alerts.incidents import condition_of
from tracker.alerts.silences import Silence, Subject, silencing
from tracker.events import Notice
from tracker.store.database import Database

_COLUMNS = "event, made_at, until, because, who, panel, order_id, tag"
_SELECT = f"SELECT {_COLUMNS}, id, ended_at FROM silences"
_ON = f"{_SELECT} WHERE until > ? AND ended_at IS NULL ORDER BY until, id"
_NEWEST = f"{_SELECT} ORDER BY id DESC LIMIT ?"
_INSERT = f"INSERT INTO silences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
_END = "UPDATE silences SET ended_at = ? WHERE id = ? AND ended_at IS NULL AND until > ?"
_TAGS = "SELECT tag FROM tags WHERE order_id = ?"
_LAST_END = """
    SELECT MAX(ended_at) FROM episodes WHERE event = ? AND panel = ? AND order_id = ? AND ended_at IS NOT NULL
    AND id <> ?
"""
_HEARD = """
    SELECT DISTINCT d.target FROM alerts a JOIN deliveries d ON d.alert_id = a.id
    WHERE a.episode_id = ? AND d.state <> 'silenced'
"""
_PRUNE = "DELETE FROM silences WHERE until < ?"


def add(db: Database, silence: Silence) -> int:
    """Record a silence, inside the caller's transaction; return its id."""
    return int(db.sql(_INSERT, _values(silence))[0][0])


def end(db: Database, silence_id: int, now: int) -> bool:
    """End a silence before its time, inside the caller's transaction; False when it is over already."""
    return bool(db.many(_END, [(now, silence_id, now)]))


def on(db: Database, now: int) -> list[Silence]:
    """Return the silences that hold, the first to end first."""
    return [Silence(*row) for row in db.sql(_ON, (now,))]


def newest(db: Database, limit: int) -> list[Silence]:
    """Return the newest silences, those that are over too."""
    return [Silence(*row) for row in db.sql(_NEWEST, (limit,))]


def over(db: Database, notice: Notice, incident_id: int | None, now: int) -> Silence | None:
    """Return the silence that keeps a notice back, which belongs to an incident or to none."""
    found = on(db, now)
    return silencing(found, _subject(db, notice, incident_id), now) if found else None


def heard_of(db: Database, incident_id: int | None) -> frozenset[str]:
    """Return the targets that got, or are to get, an alert of an incident."""
    return frozenset(target for (target,) in db.sql(_HEARD, (incident_id,)))


def prune(db: Database, before: int) -> None:
    """Forget the silences that were over before a time, inside the caller's transaction."""
    db.many(_PRUNE, [(before,)])


def _subject(db: Database, notice: Notice, incident_id: int | None) -> Subject:
    tags = frozenset(tag for (tag,) in db.sql(_TAGS, (notice.order_id,))) if notice.order_id else frozenset()
    condition = condition_of(notice)
    if condition is None:
        return Subject(notice, tags)
    key = str(condition), notice.panel or "", notice.order_id or 0
    return Subject(notice, tags, db.sql(_LAST_END, (*key, incident_id or 0))[0][0])


def _values(silence: Silence) -> Sequence[Any]:
    return (
        silence.event, silence.made_at, silence.until, silence.because, silence.who, silence.panel, silence.order_id,
        silence.tag,
    )  # fmt: skip
