"""Conditions that last: when each was raised, whether it has calmed down, and whom to remind of it.

A condition is told once. Its end is told once it has been over for long enough; when it comes back before
that, the same episode goes on, and nobody is told anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tracker.alerts.incidents import REMEMBERED, Alert, next_reminder, recovery_delay
from tracker.events import CONDITIONS, Event, Notice
from tracker.lib.times import about, rfc3339
from tracker.store.database import Database
from tracker.store.rows import compact


@dataclass(frozen=True, slots=True)
class Incident:
    """A condition that was raised and has not ended."""

    id: int
    event: Event
    panel: str | None
    order_id: int | None
    raised_at: int
    calm_at: int | None
    returns: int
    facts: dict[str, Any]
    ending: str | None


_OPEN = (
    "SELECT id, event, panel, order_id, raised_at, calm_at, returns, facts, ending "
    "FROM episodes WHERE ended_at IS NULL"
)


def record(db: Database, notice: Notice, now: int) -> Alert | None:
    """Update the incident that a notice is about; return the alert that it causes, if any. Inside a transaction."""
    if notice.ends is not None:
        return _end(db, notice, notice.ends, now)
    return _raise(db, notice, now) if notice.event in CONDITIONS else Alert(notice)


def _raise(db: Database, notice: Notice, now: int) -> Alert | None:
    known = _find(db, notice.event, notice)
    if known is None:
        insert = "INSERT INTO episodes (event, panel, order_id, raised_at, facts) VALUES (?, ?, ?, ?, ?) RETURNING id"
        key = (str(notice.event), notice.panel or "", notice.order_id or 0)
        return Alert(notice, int(db.sql(insert, (*key, now, compact(notice.facts)))[0][0]))
    again = "UPDATE episodes SET facts = ?, calm_at = NULL, ending = NULL, returns = returns + ? WHERE id = ?"
    db.many(again, [(compact(notice.facts), int(known.calm_at is not None), known.id)])
    return None


def _end(db: Database, notice: Notice, ended: Event, now: int) -> Alert | None:
    known = _find(db, ended, notice)
    if known is None:
        return None if notice.event is ended else Alert(notice)
    if known.order_id is None and _calm_needed(db, known, now):
        later = json.dumps([str(notice.event), compact(notice.facts)])
        query = "UPDATE episodes SET calm_at = COALESCE(calm_at, ?), ending = ? WHERE id = ?"
        db.many(query, [(now, later, known.id)])
        return None
    return _ended(db, known, notice, now, now)


def _ended(db: Database, known: Incident, notice: Notice, over_at: int, now: int) -> Alert:
    """Close an episode; what a target was not told of it yet is left out, since the end tells it all."""
    db.many("UPDATE episodes SET ended_at = ?, calm_at = ? WHERE id = ?", [(now, over_at, known.id)])
    db.many(
        "UPDATE deliveries SET state = 'folded', due_at = NULL "
        "WHERE state = 'waiting' AND alert_id IN (SELECT id FROM alerts WHERE episode_id = ?)",
        [(known.id,)],
    )
    times = {"since": rfc3339(known.raised_at), "lasted": about(over_at - known.raised_at)}
    came_back = {"returns": known.returns} if known.returns else {}
    return Alert(replace(notice, facts={**notice.facts, **times, **came_back}), known.id)


def _calm_needed(db: Database, known: Incident, now: int) -> int:
    query = "SELECT COUNT(*) FROM episodes WHERE event = ? AND panel = ? AND ended_at > ?"
    return recovery_delay(db.sql(query, (str(known.event), known.panel or "", now - REMEMBERED))[0][0])


def _find(db: Database, event: Event, notice: Notice) -> Incident | None:
    query = f"{_OPEN} AND event = ? AND panel = ? AND order_id = ?"
    rows = db.sql(query, (str(event), notice.panel or "", notice.order_id or 0))
    return _episode(rows[0]) if rows else None


def _episode(row: Any) -> Incident:
    number, event, panel, order_id, raised_at, calm_at, returns, facts, ending = row
    about_what = panel or None, order_id or None
    return Incident(number, Event(event), *about_what, raised_at, calm_at, returns, json.loads(facts), ending)


# -- what comes with time -------------------------------------------------------------------------------


def due(db: Database, now: int) -> Iterator[Alert]:
    """Yield the ends that have stood for long enough, and the reminders that are due. Inside a transaction."""
    for known in map(_episode, db.sql(_OPEN)):
        if known.calm_at is None:
            yield from _reminders(db, known, now)
        elif known.ending is not None and now >= known.calm_at + _calm_needed(db, known, now):
            event, facts = json.loads(known.ending)
            notice = Notice(Event(event), known.panel, known.order_id, json.loads(facts), ends=known.event)
            yield _ended(db, known, notice, known.calm_at, now)


def next_due(db: Database, now: int) -> int | None:
    """Return when the next end or reminder is due; None while nothing lasts."""
    times = [at for known in map(_episode, db.sql(_OPEN)) for at in _times(db, known, now)]
    return min(times, default=None)


def _times(db: Database, known: Incident, now: int) -> Iterator[int]:
    if known.calm_at is not None:
        yield known.calm_at + _calm_needed(db, known, now)
    else:
        yield from _reminded_at(db, known).values()


def _reminders(db: Database, known: Incident, now: int) -> Iterator[Alert]:
    times = {"since": rfc3339(known.raised_at), "lasting": about(now - known.raised_at)}
    notice = Notice(known.event, known.panel, known.order_id, {**known.facts, **times})
    for target, at in _reminded_at(db, known).items():
        if at <= now:
            yield Alert(notice, known.id, target)


def _reminded_at(db: Database, known: Incident) -> dict[str, int]:
    """Return when each target is to be reminded that has nothing of the episode waiting for it."""
    query = """
        SELECT d.target, COUNT(*), MAX(a.at), SUM(CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END)
        FROM alerts a JOIN deliveries d ON d.alert_id = a.id WHERE a.episode_id = ? GROUP BY d.target
    """
    told = {target: rest for target, *rest in db.sql(query, (known.id,))}
    times: dict[str, int] = {}
    for one in db.subscriptions:
        count, last_at, waiting = told.get(one.target, (0, known.raised_at, 0))
        at = next_reminder(last_at, count, one.remind)
        if at is not None and not waiting and one.wants(Notice(known.event)):
            times[one.target] = at
    return times


def prune(db: Database, before: int) -> None:
    """Forget the episodes that ended long ago."""
    with db.transaction():
        db.many("DELETE FROM episodes WHERE ended_at < ?", [(before,)])
