"""Alerts, and their deliveries until each is sent or given up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from tracker.events import URGENT, Event, Notice, Subscription, wanted
from tracker.store.database import Database
from tracker.store.rows import compact
from tracker.store.tables import Alerts, Deliveries

GATHERED_AT_MOST = 10_000
"""How many notices one digest reads at a time; it keeps a flood from filling the memory."""


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
    "INSERT INTO alerts (at, event, panel, order_id, facts, once) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
)
_INSERT_DELIVERY = "INSERT INTO deliveries (alert_id, target, gathered, due_at) VALUES (?, ?, ?, ?)"


def post(db: Database, notices: Iterable[Notice], now: int, only: Sequence[str] | None = None) -> int:
    """Write alerts and their deliveries, inside the caller's transaction; return how many deliveries.

    `only` limits them to the targets named.
    """
    posted = sum(_post(db, notice, now, only) for notice in notices)
    if posted:
        db.announce()
    return posted


def _post(db: Database, notice: Notice, now: int, only: Sequence[str] | None) -> int:
    heard = [
        s for s in db.subscriptions if wanted(notice.event, s.patterns) and (only is None or s.target in only)
    ]
    if not heard or (notice.once is not None and db.sql(_FIND_ONCE, (notice.once,))):
        return 0
    about = (now, str(notice.event), notice.panel, notice.order_id, compact(notice.facts), notice.once)
    alert_id = db.sql(_INSERT_ALERT, about)[0][0]
    rows = []
    for subscription in heard:
        gathered = subscription.digest is not None and notice.event not in URGENT
        due = _digest_due(db, subscription, now) if gathered else now
        rows.append((alert_id, subscription.target, gathered, due))
    return db.many(_INSERT_DELIVERY, rows)


def _digest_due(db: Database, subscription: Subscription, now: int) -> int:
    """Return when the digest goes out that this notice joins: the first one in it set the time."""
    waiting = (
        (Deliveries.target == subscription.target)
        & (Deliveries.state == "waiting")
        & (Deliveries.gathered == True)  # noqa: E712
    )
    found = db.rows(
        Deliveries.select(fn.MIN(Deliveries.due_at)).where(waiting & (Deliveries.due_at > now)).tuples()
    )
    return found[0][0] or now + (subscription.digest or 0)


def due(db: Database, target: str, now: int) -> list[Delivery]:
    """Return what goes out to a target in its next message: one alert, or all that a digest gathered."""
    waiting = (Deliveries.target == target) & (Deliveries.state == "waiting") & (Deliveries.due_at <= now)
    found = _deliveries(db, waiting, GATHERED_AT_MOST)
    single = next((delivery for delivery in found if not delivery.gathered), None)
    return [single] if single else found


def next_due(db: Database, target: str) -> int | None:
    """Return when the next delivery to a target is due; None when none waits."""
    waiting = (Deliveries.target == target) & (Deliveries.state == "waiting")
    return db.rows(Deliveries.select(fn.MIN(Deliveries.due_at)).where(waiting).tuples())[0][0]  # type: ignore[no-any-return]


def listed(db: Database, state: str | None = None, limit: int = 100) -> list[Delivery]:
    """Return deliveries, the newest first."""
    where = (Deliveries.state == state) if state else (Deliveries.id > 0)
    return _deliveries(db, where, limit, newest=True)


def of(db: Database, delivery_ids: Sequence[int]) -> list[Delivery]:
    """Return the deliveries with these ids."""
    return _deliveries(db, Deliveries.id.in_(list(delivery_ids)), len(delivery_ids))


def _deliveries(db: Database, where: Any, limit: int, newest: bool = False) -> list[Delivery]:
    query = Deliveries.select(*_COLUMNS).join(Alerts, on=(Deliveries.alert == Alerts.id)).where(where)
    ordered = query.order_by(Deliveries.id.desc() if newest else Deliveries.id).limit(limit)
    return [_delivery_of(row) for row in db.rows(ordered.tuples())]


def _delivery_of(row: Sequence[Any]) -> Delivery:
    delivery_id, target, event, panel, order_id, facts, at, gathered, *rest = row
    notice = Notice(Event(event), panel, order_id, json.loads(facts))
    return Delivery(delivery_id, target, notice, at, bool(gathered), *rest)


def mark_sent(db: Database, deliveries: Sequence[Delivery], now: int) -> None:
    """Remember that these were delivered."""
    _update(db, deliveries, state="sent", sent_at=now, due_at=None, last_error=None)


def mark_failed(db: Database, deliveries: Sequence[Delivery], due_at: int | None, why: str, now: int) -> None:
    """Set the next try of these, or give them up when `due_at` is None."""
    with db.transaction():
        unsent = Deliveries.id.in_([delivery.id for delivery in deliveries])
        db.write(Deliveries.update(first_at=now).where(unsent & Deliveries.first_at.is_null()))
        state = "dead" if due_at is None else "waiting"
        _update(db, deliveries, state=state, due_at=due_at, last_error=why, attempts=Deliveries.attempts + 1)


def _update(db: Database, deliveries: Sequence[Delivery], **values: Any) -> None:
    for start in range(0, len(deliveries), 500):
        ids = [delivery.id for delivery in deliveries[start : start + 500]]
        db.write(Deliveries.update(values).where(Deliveries.id.in_(ids)))


def revive(db: Database, now: int) -> int:
    """Put every dead delivery back into the outbox; return how many."""
    fresh = {"state": "waiting", "due_at": now, "first_at": None, "attempts": 0}
    return db.write(Deliveries.update(fresh).where(Deliveries.state == "dead"))


def counts(db: Database) -> dict[str, int]:
    """Return how many deliveries wait and how many are dead."""
    query = Deliveries.select(Deliveries.state, fn.COUNT(Deliveries.id)).where(Deliveries.state != "sent")
    found = dict(db.rows(query.group_by(Deliveries.state).tuples()))
    return {"waiting": found.get("waiting", 0), "dead": found.get("dead", 0)}


def prune(db: Database, before: int, limit: int) -> int:
    """Delete the oldest alerts whose deliveries have all ended; return how many."""
    waiting = Deliveries.select(Deliveries.alert).where(Deliveries.state == "waiting")
    old = Alerts.select(Alerts.id).where((Alerts.at < before) & Alerts.id.not_in(waiting)).limit(limit)
    return db.write(Alerts.delete().where(Alerts.id.in_(old)))
