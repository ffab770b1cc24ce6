"""What goes out to a target next, and what became of it; a target that fails is left alone for a while."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracker.events import Notice
from tracker.lib.times import MINUTE
from tracker.store.database import Database
from tracker.store.outbox import Delivery, deliveries
from tracker.store.tables import Deliveries

BACKLOG = 10
LATE = MINUTE
"""More single messages than `BACKLOG`, the first late by `LATE`, come as one: the target was away or is slow."""

SUSPECT = 5
"""Failed tries after which a message lets the others go first: it may be the message and not the target."""

PAGE = 1000
"""Notices read at a time, so that a digest of any size costs little memory."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one target: a single delivery, or all that were due at a moment, up to an id."""

    target: str
    at: int
    single: Delivery | None = None
    up_to: int = 0
    attempts: int = 0
    first_at: int | None = None

    @property
    def where(self) -> list[Any]:
        """The conditions that its deliveries meet."""
        if self.single is not None:
            return [Deliveries.id == self.single.id, Deliveries.state == "waiting"]
        return [*_due(self.target, self.at), Deliveries.id <= self.up_to]


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a target fared lately."""

    failures: int = 0
    held_until: int = 0
    dead_notified: bool = False


def _due(target: str, now: int) -> list[Any]:
    return [Deliveries.target == target, Deliveries.state == "waiting", Deliveries.due_at <= now]


def _all(conditions: list[Any]) -> Any:
    return functools.reduce(operator.and_, conditions)


def breaker(db: Database, target: str) -> Breaker:
    """Return how a target fared lately."""
    found = db.sql("SELECT failures, held_until, told_dead FROM targets WHERE target = ?", (target,))
    return Breaker(found[0][0], found[0][1], bool(found[0][2])) if found else Breaker()


def next_outgoing(db: Database, target: str, now: int) -> Outgoing | None:
    """Return the message that goes out next; None while the target is held, or nothing is due."""
    if breaker(db, target).held_until > now:
        return None
    # The sum keeps SQLite from choosing the index on `due_at`, with which it would sort all that wait.
    due = [Deliveries.target == target, Deliveries.state == "waiting", Deliveries.due_at + 0 <= now]
    singles = [*due, Deliveries.gathered == False]  # noqa: E712
    first = deliveries(db, _all([*singles, Deliveries.attempts < SUSPECT]), Deliveries.id, limit=BACKLOG + 1)
    if (left := BACKLOG + 1 - len(first)) > 0:
        first += deliveries(db, _all([*singles, Deliveries.attempts >= SUSPECT]), Deliveries.id, limit=left)
    if first and (len(first) <= BACKLOG or now - first[0].at < LATE):
        return Outgoing(target, now, first[0], attempts=first[0].attempts, first_at=first[0].first_at)
    return _gathered(db, target, now)


def _gathered(db: Database, target: str, now: int) -> Outgoing | None:
    query = """
        SELECT MAX(id), MAX(attempts), MIN(first_at), COUNT(*) FROM deliveries
        WHERE target = ? AND state = 'waiting' AND due_at <= ?
    """
    up_to, attempts, first_at, count = db.sql(query, (target, now))[0]
    return Outgoing(target, now, None, up_to, attempts, first_at) if count else None


def contents(db: Database, parcel: Outgoing) -> Iterator[tuple[Notice, int]]:
    """Yield every notice of a parcel with its time, oldest first."""
    after = 0
    while True:
        where = _all([*parcel.where, Deliveries.id > after])
        page = deliveries(db, where, Deliveries.id, limit=PAGE)
        yield from ((delivery.notice, delivery.at) for delivery in page)
        if len(page) < PAGE:
            return
        after = page[-1].id


def next_due(db: Database, target: str) -> int | None:
    """Return when the next message to a target may go out; None when none waits."""
    query = "SELECT MIN(due_at) FROM deliveries WHERE target = ? AND state = 'waiting'"
    due = db.sql(query, (target,))[0][0]
    return None if due is None else max(int(due), breaker(db, target).held_until)


def mark_sent(db: Database, parcel: Outgoing, now: int) -> int:
    """Remember that a parcel was delivered; return how many notices were in it."""
    sent = {"state": "sent", "sent_at": now, "due_at": None, "last_error": None}
    with db.transaction():
        _set_breaker(db, parcel.target, Breaker())
        return db.write(Deliveries.update(sent).where(_all(parcel.where)))


def mark_failed(db: Database, parcel: Outgoing, due_at: int, why: str, now: int) -> int:
    """Set the next try of a parcel, and leave its target alone until then; return how many tries failed in a row.

    A message that failed often, at a target that takes others, waits by itself.
    """
    before = breaker(db, parcel.target)
    alone = parcel.attempts >= SUSPECT and before.failures == 0
    failed = {"due_at": due_at, "last_error": why, "attempts": Deliveries.attempts + 1}
    with db.transaction():
        held = _all(_due(parcel.target, now))
        db.write(Deliveries.update(first_at=now).where(held & Deliveries.first_at.is_null()))
        db.write(Deliveries.update(failed).where(_all(parcel.where)))
        after = Breaker(before.failures + 1, before.held_until if alone else due_at, before.dead_notified)
        _set_breaker(db, parcel.target, after)
    return after.failures


def mark_dead(db: Database, target: str, held_since: int, why: str) -> tuple[int, bool]:
    """Mark as dead what could not be delivered since then; return how many, and whether that is to be told."""
    old = [Deliveries.target == target, Deliveries.state == "waiting", Deliveries.first_at <= held_since]
    with db.transaction():
        dead = {"state": "dead", "due_at": None, "last_error": why}
        count = db.write(Deliveries.update(dead).where(_all(old)))
        before = breaker(db, target)
        if count:
            _set_breaker(db, target, Breaker(before.failures, before.held_until, dead_notified=True))
    return count, bool(count) and not before.dead_notified


def _set_breaker(db: Database, target: str, now: Breaker) -> None:
    query = (
        "INSERT INTO targets (target, failures, held_until, told_dead) VALUES (?, ?, ?, ?) ON CONFLICT (target) "
        "DO UPDATE SET failures = excluded.failures, held_until = excluded.held_until, told_dead = excluded.told_dead"
    )
    with db.transaction():
        db.many(query, [(target, now.failures, now.held_until, now.dead_notified)])
