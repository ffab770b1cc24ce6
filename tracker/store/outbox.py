"""Alerts, and their deliveries until each is sent or given up; what goes out next is chosen in `parcels`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.alerts.delivery import recipients, schedule
from tracker.alerts.incidents import Alert
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.store import incidents
from tracker.store.database import Database
from tracker.store.rows import compact
from tracker.store.tables import Alerts, Deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one target."""

    id: int
    target: str
    notice: Notice
    at: int
    gathered: bool
    attempts: int
    first_at: int | None
    state: str = "waiting"
    due_at: int | None = None
    sent_at: int | None = None
    last_error: str | None = None


_COLUMNS = (
    Deliveries.id,
    Deliveries.target,
    Alerts.event,
    Alerts.panel,
    Alerts.order_id,
    Alerts.facts,
    Alerts.at,
    Deliveries.gathered,
    Deliveries.attempts,
    Deliveries.first_at,
    Deliveries.state,
    Deliveries.due_at,
    Deliveries.sent_at,
    Deliveries.last_error,
)

_FIND_ONCE = "SELECT id FROM alerts WHERE once = ?"
_INSERT_ALERT = (
    "INSERT INTO alerts (at, event, panel, order_id, facts, once, episode_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_INSERT_DELIVERY = "INSERT INTO deliveries (alert_id, target, gathered, due_at) VALUES (?, ?, ?, ?)"
_OPEN_DIGEST_DUE = """
    SELECT MIN(due_at) FROM deliveries WHERE target = ? AND state = 'waiting' AND gathered = TRUE AND due_at > ?
"""


def post(db: Database, notices: Iterable[Notice], now: int, only: Sequence[str] | None = None) -> int:
    """Write alerts and their deliveries, inside the caller's transaction; return how many deliveries.

    `only` limits them to the targets named. A condition whose incident is open already causes no second alert.
    """
    posted = list(notices)
    if posted:
        db.lock("outbox")  # or two daemons could report one condition at once
    return _announce(db, sum(_post(db, notice, now, only) for notice in posted))


def remind(db: Database, now: int) -> int:
    """Post the ends and reminders of incidents that are due; return how many deliveries."""
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
    rows = []
    for one in wanting:
        due = schedule(alert, one, _open_digest_due(db, one, now), now)
        rows.append((alert_id, one.target, due.in_digest, due.at))
    return db.many(_INSERT_DELIVERY, rows)


def _open_digest_due(db: Database, subscription: Subscription, now: int) -> int | None:
    """Return when the digest of a target goes out that is being filled; None when there is none."""
    if subscription.digest is None:
        return None
    due: int | None = db.sql(_OPEN_DIGEST_DUE, (subscription.target, now))[0][0]
    return due


def listed(
    db: Database, state: str | None = None, limit: int = 100, target: str | None = None
) -> list[Delivery]:
    """Return deliveries, the newest first."""
    where = (Deliveries.state == state) if state else (Deliveries.id > 0)
    if target is not None:
        where &= Deliveries.target == target
    return deliveries(db, where, Deliveries.id.desc(), limit=limit)


def of(db: Database, delivery_ids: Sequence[int]) -> list[Delivery]:
    """Return the deliveries with these ids."""
    return deliveries(db, Deliveries.id.in_(list(delivery_ids)), Deliveries.id, limit=len(delivery_ids))


def deliveries(db: Database, where: Any, *order: Any, limit: int) -> list[Delivery]:
    """Return the deliveries that meet a condition on `Deliveries`, in an order."""
    query = Deliveries.select(*_COLUMNS).join(Alerts, on=(Deliveries.alert == Alerts.id)).where(where)
    return [_delivery_of(row) for row in db.rows(query.order_by(*order).limit(limit).tuples())]


def _delivery_of(row: Sequence[Any]) -> Delivery:
    delivery_id, target, event, panel, order_id, facts, at, gathered, *rest = row
    notice = Notice(Event(event), panel, order_id, json.loads(facts))
    return Delivery(delivery_id, target, notice, at, bool(gathered), *rest)


def requeue_dead(db: Database, now: int) -> int:
    """Put every dead delivery back into the outbox; return how many."""
    fresh = {"state": "waiting", "due_at": now, "first_at": None, "attempts": 0}
    with db.transaction():
        db.many("DELETE FROM targets", [()])
        return db.write(Deliveries.update(fresh).where(Deliveries.state == "dead"))


_TOLD_LONG_AGO = """
    SELECT id FROM alerts a WHERE at < ? AND NOT EXISTS
    (SELECT 1 FROM deliveries d WHERE d.alert_id = a.id AND d.state = 'waiting') ORDER BY at LIMIT ?
"""


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the oldest alerts whose deliveries have all ended; return how many."""
    incidents.prune(db, before)
    with db.transaction():
        gone = db.sql(_TOLD_LONG_AGO + db.skip_locked, (before, limit))
        return db.many("DELETE FROM alerts WHERE id = ?", gone)
