"""Incidents: reads the open ones, and writes what was decided about them in `alerts.incidents`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tracker.alerts.incidents import (
    REMEMBERED,
    Alert,
    Incident,
    IncidentChange,
    Received,
    after_notice,
    after_recovery,
    condition_of,
    due_reminders,
    end_due_at,
    ends_with_delay,
    reminder_of,
    reminder_times,
)
from tracker.events import Event, Notice
from tracker.store import silences
from tracker.store.database import Database
from tracker.store.rows import compact

_OPEN = (
    "SELECT id, event, panel, order_id, raised_at, facts, calm_at, ending, returns "
    "FROM episodes WHERE ended_at IS NULL"
)
_OPEN_OF = f"{_OPEN} AND event = ? AND panel = ? AND order_id = ?"
_RECENTLY_ENDED = "SELECT COUNT(*) FROM episodes WHERE event = ? AND panel = ? AND ended_at BETWEEN ? AND ?"
_RECEIVED = """
    SELECT d.target, SUM(CASE WHEN d.state = 'silenced' THEN 0 ELSE 1 END),
        MAX(CASE WHEN d.sent_at > a.at THEN d.sent_at ELSE a.at END),
        SUM(CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END)
    FROM alerts a JOIN deliveries d ON d.alert_id = a.id WHERE a.episode_id = ? GROUP BY d.target
"""
_INSERT = (
    "INSERT INTO episodes (event, panel, order_id, raised_at, facts) VALUES (?, ?, ?, ?, ?) RETURNING id"
)
_UPDATE = "UPDATE episodes SET facts = ?, calm_at = ?, ending = ?, returns = ?, ended_at = ? WHERE id = ?"
_SUPERSEDE_WAITING = (
    "UPDATE deliveries SET state = 'superseded', due_at = NULL "
    "WHERE state = 'waiting' AND alert_id IN (SELECT id FROM alerts WHERE episode_id = ?)"
)
_PRUNE = "DELETE FROM episodes WHERE ended_at < ?"


def record(db: Database, notice: Notice, now: int) -> Alert | None:
    """Update the incident that a notice is about; return the alert that it causes, if any. Inside a transaction."""
    condition = condition_of(notice)
    if condition is None:
        return Alert(notice)
    incident = _open_incident(db, condition, notice)
    ended = _recently_ended(db, condition, notice.panel, now) if ends_with_delay(notice, incident) else 0
    return _write(db, after_notice(notice, incident, ended, now))


def advance(db: Database, now: int) -> list[Alert]:
    """End the incidents that have been over for long enough; return the ends and reminders that are due.

    Inside a transaction.
    """
    return [alert for incident in _open_incidents(db) for alert in _advance(db, incident, now)]


def _advance(db: Database, incident: Incident, now: int) -> list[Alert]:
    if incident.recovering_since is None:
        return due_reminders(incident, _reminder_times(db, incident, now), now)
    change = after_recovery(incident, _recently_ended(db, incident.event, incident.panel, now), now)
    alert = None if change is None else _write(db, change)
    return [] if alert is None else [alert]


def next_due(db: Database, now: int) -> int | None:
    """Return when the next end or reminder is due; None while no incident is open."""
    times = [at for incident in _open_incidents(db) for at in _times(db, incident, now)]
    return min(times, default=None)


def prune(db: Database, before: int) -> None:
    """Forget the incidents that ended long ago."""
    with db.transaction():
        db.many(_PRUNE, [(before,)])


def _times(db: Database, incident: Incident, now: int) -> list[int]:
    if incident.recovering_since is None:
        return list(_reminder_times(db, incident, now).values())
    at = end_due_at(incident, _recently_ended(db, incident.event, incident.panel, now))
    return [] if at is None else [at]


def _reminder_times(db: Database, incident: Incident, now: int) -> dict[str, int]:
    rows = db.sql(_RECEIVED, (incident.id,))
    received = {target: Received(count, at, bool(waiting)) for target, count, at, waiting in rows}
    silence = silences.over(db, reminder_of(incident, now), incident.id, now)
    return reminder_times(incident, db.subscriptions, received, None if silence is None else silence.until)


def _recently_ended(db: Database, condition: Event, panel: str | None, now: int) -> int:
    return int(db.sql(_RECENTLY_ENDED, (str(condition), panel or "", now - REMEMBERED, now))[0][0])


def _open_incident(db: Database, condition: Event, notice: Notice) -> Incident | None:
    rows = db.sql(_OPEN_OF, (str(condition), notice.panel or "", notice.order_id or 0))
    return _incident_of(rows[0]) if rows else None


def _open_incidents(db: Database) -> list[Incident]:
    return [_incident_of(row) for row in db.sql(_OPEN)]


def _write(db: Database, change: IncidentChange) -> Alert | None:
    """Write a change of an incident; return the alert that it causes. The only writer of incidents."""
    incident_id = None if change.after is None else _write_incident(db, change.before, change.after)
    if change.ends:
        db.many(_SUPERSEDE_WAITING, [(incident_id,)])
    return None if change.notice is None else Alert(change.notice, incident_id)


def _write_incident(db: Database, before: Incident | None, after: Incident) -> int:
    if before is None:
        key = str(after.event), after.panel or "", after.order_id or 0
        return int(db.sql(_INSERT, (*key, after.raised_at, compact(after.facts)))[0][0])
    if after != before:
        ending = None if after.ending is None else _ending_text(after.ending)
        state = compact(after.facts), after.recovering_since, ending, after.reopened, after.ended_at
        db.many(_UPDATE, [(*state, after.id)])
    return after.id


def _incident_of(row: Sequence[Any]) -> Incident:
    number, event, panel, order_id, raised_at, facts, calm_at, ending, returns = row
    condition, about = Event(event), (panel or None, order_id or None)
    notice = None if ending is None else _ending_of(ending, condition, *about)
    return Incident(condition, *about, raised_at, json.loads(facts), number, calm_at, notice, returns)


def _ending_text(ending: Notice) -> str:
    return compact({"event": str(ending.event), "facts": dict(ending.facts)})


def _ending_of(stored: str, condition: Event, panel: str | None, order_id: int | None) -> Notice:
    """Read the notice of an end; older versions stored a list of its event and its facts as JSON text."""
    read = json.loads(stored)
    event, facts = (
        (read[0], json.loads(read[1])) if isinstance(read, list) else (read["event"], read["facts"])
    )
    return Notice(Event(event), panel, order_id, facts, ends=condition)
