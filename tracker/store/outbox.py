"""Writes alerts with a delivery for each target that gets it, and lists them; `deliveries` has what goes out next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tracker.alerts.delivery import Delivery
from tracker.alerts.incidents import Alert
from tracker.alerts.schedule import recipients, schedule
from tracker.alerts.silences import is_told_in
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.store import incidents, silences
from tracker.store.database import Database
from tracker.store.rows import compact

SELECT_DELIVERIES = """
    SELECT deliveries.id, deliveries.target, alerts.event, alerts.panel, alerts.order_id, alerts.facts, alerts.at,
        deliveries.gathered, deliveries.attempts, deliveries.state, deliveries.due_at, deliveries.sent_at,
        deliveries.last_error
    FROM deliveries JOIN alerts ON alerts.id = deliveries.alert_id
"""
_BY_ID = f"{SELECT_DELIVERIES} WHERE deliveries.id = ?"
_LISTED = f"{SELECT_DELIVERIES} WHERE deliveries.id > 0"
"""With a condition on the id, or SQLite would not walk the table by it."""
_OF_STATE, _OF_TARGET = " AND deliveries.state = ?", " AND deliveries.target = ?"
_UNSENT = " AND deliveries.state <> 'sent'"
"""Said again, so that the index of those is used: they are few among all, and would be looked for for long."""
_BEFORE = " AND deliveries.id < ?"
_NEWEST = " ORDER BY deliveries.id DESC LIMIT ?"
_FIND_ONCE = "SELECT id FROM alerts WHERE once = ?"
_INSERT_ALERT = (
    "INSERT INTO alerts (at, event, panel, order_id, facts, once, episode_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_INSERT_DELIVERY = "INSERT INTO deliveries (alert_id, target, gathered, due_at) VALUES (?, ?, ?, ?)"
_INSERT_SILENCED = "INSERT INTO deliveries (alert_id, target, state) VALUES (?, ?, 'silenced')"
_OPEN_DIGEST_DUE = """
    SELECT MIN(due_at) FROM deliveries WHERE target = ? AND state = 'waiting' AND gathered = TRUE AND due_at > ?
"""
_RESET_BREAKERS = "DELETE FROM targets"
_REQUEUE_DEAD = (
    "UPDATE deliveries SET state = 'waiting', due_at = ?, first_at = NULL, attempts = 0 WHERE state = 'dead'"
)
_ENDED_BEFORE = """
    SELECT id FROM alerts a WHERE at < ? AND NOT EXISTS
    (SELECT 1 FROM deliveries d WHERE d.alert_id = a.id AND d.state = 'waiting') ORDER BY at LIMIT ?
"""
_DELETE_ALERT = "DELETE FROM alerts WHERE id = ?"


def post(db: Database, notices: Iterable[Notice], now: int, only: Sequence[str] | None = None) -> int:
    """Write alerts and their deliveries, inside the caller's transaction; return how many deliveries go out.

    What a silence keeps back is written too, as `silenced`. `only` limits them to the targets named. A condition whose
    incident is open already causes no second alert.
    """
    posted = list(notices)
    if posted:
        db.lock("outbox")  # or two daemons could report one condition at once
    return _announce(db, sum(_post(db, notice, now, only) for notice in posted))


def remind(db: Database, now: int) -> int:
    """Post the ends and reminders of incidents that are due; return how many deliveries go out."""
    with db.transaction():
        db.lock("outbox")
        return _announce(db, sum(_insert(db, alert, now) for alert in incidents.advance(db, now)))


def _announce(db: Database, posted: int) -> int:
    if posted:
        db.announce_alerts()
    return posted


def _post(db: Database, notice: Notice, now: int, only: Sequence[str] | None) -> int:
    if notice.once is not None and db.sql(_FIND_ONCE, (notice.once,)):
        return 0
    alert = incidents.record(db, notice, now)
    return 0 if alert is None else _insert(db, alert, now, only)


def _insert(db: Database, alert: Alert, now: int, only: Sequence[str] | None = None) -> int:
    """Write one alert with a delivery for each target that gets it; nothing when none does."""
    if not (wanting := recipients(alert, db.subscriptions, only)):
        return 0
    notice = alert.notice
    about = (now, str(notice.event), notice.panel, notice.order_id, compact(notice.facts), notice.once)
    alert_id = db.sql(_INSERT_ALERT, (*about, alert.incident_id))[0][0]
    silenced = _silenced(db, alert, wanting, now)
    db.many(_INSERT_SILENCED, [(alert_id, target) for target in sorted(silenced)])
    rows = []
    for one in wanting:
        if one.target not in silenced:
            due = schedule(alert, one, _open_digest_due(db, one, now), now)
            rows.append((alert_id, one.target, due.in_digest, due.at))
    return db.many(_INSERT_DELIVERY, rows)


def _silenced(db: Database, alert: Alert, wanting: Iterable[Subscription], now: int) -> set[str]:
    """Return the targets that are not told because of a silence."""
    silence = silences.over(db, alert.notice, alert.incident_id, now)
    if silence is None:
        return set()
    heard = frozenset[str]() if alert.notice.ends is None else silences.heard_of(db, alert.incident_id)
    return {one.target for one in wanting if not is_told_in(silence, alert.notice, one.target in heard)}


def _open_digest_due(db: Database, subscription: Subscription, now: int) -> int | None:
    """Return when the digest of a target goes out that is being filled; None when there is none."""
    if subscription.digest is None:
        return None
    due: int | None = db.sql(_OPEN_DIGEST_DUE, (subscription.target, now))[0][0]
    return due


def listed(
    db: Database,
    state: str | None = None,
    limit: int = 100,
    target: str | None = None,
    before: int | None = None,
) -> list[Delivery]:
    """Return deliveries, the newest first; `before` is the number of the last of the page before this one."""
    wanted = ((_OF_STATE, state), (_OF_TARGET, target), (_BEFORE, before))
    filters = [(sql, value) for sql, value in wanted if value is not None]
    unsent = "" if state in (None, "sent") else _UNSENT
    statement = _LISTED + "".join(sql for sql, _ in filters) + unsent + _NEWEST
    return [delivery_of(row) for row in db.sql(statement, (*(value for _, value in filters), limit))]


def by_id(db: Database, delivery_id: int) -> Delivery | None:
    """Return one delivery; None when there is none."""
    rows = db.sql(_BY_ID, (delivery_id,))
    return delivery_of(rows[0]) if rows else None


def delivery_of(row: Sequence[Any]) -> Delivery:
    """Read a row of SELECT_DELIVERIES."""
    delivery_id, target, event, panel, order_id, facts, at, in_digest, *rest = row
    notice = Notice(Event(event), panel, order_id, json.loads(facts))
    return Delivery(delivery_id, target, notice, at, bool(in_digest), *rest)


def requeue_dead(db: Database, now: int) -> int:
    """Put every dead delivery back into the outbox; return how many."""
    with db.transaction():
        db.many(_RESET_BREAKERS, [()])
        return db.many(_REQUEUE_DEAD, [(now,)])


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the oldest alerts whose deliveries have all ended; return how many."""
    incidents.prune(db, before)
    with db.transaction():
        silences.prune(db, before)
        return db.many(_DELETE_ALERT, db.sql(_ENDED_BEFORE + db.skip_locked, (before, limit)))
