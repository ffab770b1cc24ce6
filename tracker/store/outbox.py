"""Alerts, and their deliveries until each is sent or given up; what goes out next is chosen in `parcels`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.alerts.subscriptions import Subscription
from tracker.events import URGENT, Event, Notice
from tracker.store import incidents
from tracker.store.database import Database
from tracker.store.engines.library import peewee
from tracker.store.incidents import Telling
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


def post(db: Database, notices: Iterable[Notice], now: int, only: Sequence[str] | None = None) -> int:
    """Write alerts and their deliveries, inside the caller's transaction; return how many deliveries.

    `only` limits them to the targets named. A condition that lasts already is not told again.
    """
    told = list(notices)
    if told:
        db.lock("outbox")  # or two daemons could tell of one condition at once
    return _announced(db, sum(_post(db, notice, now, only) for notice in told))


def remind(db: Database, now: int) -> int:
    """Post the ends and reminders of conditions that are due; return how many deliveries."""
    with db.transaction():
        db.lock("outbox")
        tellings = list(incidents.due(db, now))
        return _announced(db, sum(_write(db, telling, now, None) for telling in tellings))


def _announced(db: Database, posted: int) -> int:
    if posted:
        db.announce_alerts()
    return posted


def _post(db: Database, notice: Notice, now: int, only: Sequence[str] | None) -> int:
    if notice.once is not None and db.sql(_FIND_ONCE, (notice.once,)):
        return 0
    telling = incidents.told_of(db, notice, now)
    return 0 if telling is None else _write(db, telling, now, only)


def _write(db: Database, telling: Telling, now: int, only: Sequence[str] | None) -> int:
    """Write one alert with a delivery for each target that hears of it; nothing when none does."""
    notice = telling.notice
    only = only if telling.reminded is None else [telling.reminded]
    heard = [s for s in db.subscriptions if s.hears(notice) and (only is None or s.target in only)]
    if not heard:
        return 0
    about = (now, str(notice.event), notice.panel, notice.order_id, compact(notice.facts), notice.once)
    alert_id = db.sql(_INSERT_ALERT, (*about, telling.episode_id))[0][0]
    rows = []
    for subscription in heard:
        due = _gathered_until(db, subscription, telling, now)
        rows.append((alert_id, subscription.target, due is not None, now if due is None else due))
    return db.many(_INSERT_DELIVERY, rows)


def _gathered_until(db: Database, subscription: Subscription, telling: Telling, now: int) -> int | None:
    """Return until when the target gathers this with others; None when it goes out at once."""
    notice, quiet = telling.notice, subscription.quiet
    news = telling.reminded is None and notice.event in URGENT and notice.ends is None
    if quiet is not None and not news and (until := quiet.until(now)) is not None:
        return until
    urgent = news or (notice.ends in URGENT and telling.episode_id is not None)
    if subscription.digest is None or urgent:
        return None
    due = _digest_due(db, subscription, now)
    return (quiet.until(due) if quiet else None) or due


def _digest_due(db: Database, subscription: Subscription, now: int) -> int:
    """Return when the digest goes out that this notice joins: the first one in it set the time."""
    waiting = (
        (Deliveries.target == subscription.target)
        & (Deliveries.state == "waiting")
        & (Deliveries.gathered == True)  # noqa: E712
    )
    found = db.rows(
        Deliveries.select(peewee.fn.MIN(Deliveries.due_at))
        .where(waiting & (Deliveries.due_at > now))
        .tuples()
    )
    return found[0][0] or now + (subscription.digest or 0)


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
