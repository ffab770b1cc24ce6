"""What goes out to a target next, and the outcome of each send; `alerts.delivery` decides both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.alerts.delivery import (
    BURST,
    CALM,
    SUSPECT,
    Breaker,
    Delivery,
    Digest,
    Pace,
    Pending,
    Retry,
    Single,
    after_deaths,
    choose,
)
from tracker.events import URGENT, Event
from tracker.store.database import Database
from tracker.store.outbox import SELECT_DELIVERIES, delivery_of
from tracker.store.rows import placeholders

PAGE = 1000
"""Notices read at a time, so that a digest of any size costs little memory."""

_DUE = "deliveries.target = ? AND deliveries.state = 'waiting' AND deliveries.due_at <= ?"
_IS_SINGLE = "deliveries.id = ? AND deliveries.state = 'waiting'"
_IN_DIGEST = f"{_DUE} AND deliveries.id <= ?"

# The sum keeps SQLite from choosing the index on `due_at`, with which it would sort all that wait.
_DUE_SINGLES = f"""
    {SELECT_DELIVERIES} WHERE deliveries.target = ? AND deliveries.state = 'waiting' AND deliveries.due_at + 0 <= ?
    AND deliveries.gathered = FALSE
"""
_OLDEST_SINGLES = f"{_DUE_SINGLES} AND deliveries.attempts < ? ORDER BY deliveries.id LIMIT ?"
_OLDEST_SUSPECTS = f"{_DUE_SINGLES} AND deliveries.attempts >= ? ORDER BY deliveries.id LIMIT ?"
_URGENT = sorted(str(event) for event in URGENT)
_OLDEST_URGENT = f"""
    {_DUE_SINGLES} AND deliveries.attempts < ? AND alerts.event IN ({placeholders(len(_URGENT))})
    ORDER BY deliveries.id LIMIT ?
"""
_ANY_DUE = f"SELECT 1 FROM deliveries WHERE {_DUE} LIMIT 1"
_NEXT_DUE = "SELECT MIN(due_at) FROM deliveries WHERE target = ? AND state = 'waiting'"
_DIGEST = f"SELECT MAX(id), MAX(attempts) FROM deliveries WHERE {_DUE}"
_OLDEST = """
    SELECT id, attempts FROM
    (SELECT id, attempts FROM deliveries WHERE target = ? AND state = 'waiting' AND due_at + 0 <= ? AND gathered = {}
    ORDER BY id LIMIT ?) AS {}
"""
_OLDEST_OF_BOTH = f"{_OLDEST.format('TRUE', 'gathered')} UNION ALL {_OLDEST.format('FALSE', 'single')}"
_PART_OF_DIGEST = f"""
    SELECT MAX(id), MAX(attempts) FROM
    (SELECT id, attempts FROM ({_OLDEST_OF_BOTH}) AS due ORDER BY id LIMIT ?) AS oldest
"""
"""The oldest of each kind are found by an index, the oldest of all are not."""
_COUNT_DUE = f"SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE {_DUE} LIMIT ?) AS due"
_DIGEST_PAGE = (
    f"{SELECT_DELIVERIES} WHERE {_IN_DIGEST} AND deliveries.id > ? ORDER BY deliveries.id LIMIT {PAGE}"
)

_MARK_SENT = "UPDATE deliveries SET state = 'sent', sent_at = ?, due_at = NULL, last_error = NULL WHERE "
_MARK_FAILED = "UPDATE deliveries SET due_at = ?, last_error = ?, attempts = attempts + 1 WHERE "
_TRY_NOW = (
    "UPDATE deliveries SET due_at = ? WHERE target = ? AND state = 'waiting' AND attempts > 0 AND due_at > ?"
)
_MARK_FAILING = f"UPDATE deliveries SET first_at = ? WHERE {_DUE} AND first_at IS NULL"
_MARK_DEAD = (
    "UPDATE deliveries SET state = 'dead', due_at = NULL, last_error = ? "
    "WHERE target = ? AND state = 'waiting' AND first_at <= ?"
)

_OLD_TESTS = f"""
    FROM deliveries WHERE target = ? AND state = 'waiting'
    AND alert_id IN (SELECT id FROM alerts WHERE event = '{Event.ALERT_TEST}' AND at <= ?)
"""
_ANY_OLD_TEST = f"SELECT 1 {_OLD_TESTS} LIMIT 1"
_DROP_OLD_TESTS = f"DELETE {_OLD_TESTS}"

_BREAKER = "SELECT failures, held_until, told_dead FROM targets WHERE target = ?"
_SET_BREAKER = (
    "INSERT INTO targets (target, failures, held_until, told_dead) VALUES (?, ?, ?, ?) ON CONFLICT (target) "
    "DO UPDATE SET failures = excluded.failures, held_until = excluded.held_until, told_dead = excluded.told_dead"
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one target: a single delivery, or a digest of all that was due by a time, up to an id."""

    target: str
    due_by: int
    single: Delivery | None = None
    up_to: int = 0
    #: How often it failed before; of a digest, the most of any alert in it.
    attempts: int = 0


# -- what goes out next ---------------------------------------------------------------------------------


def next_outgoing(
    db: Database, target: str, now: int, pace: Pace = CALM, most: int | None = None
) -> Outgoing | None:
    """Return the message that goes out next; None while the circuit breaker is open, or when nothing is due.

    `pace` is how the last messages went out: a burst is gathered. A message holds at most `most` alerts.
    """
    known = breaker(db, target)
    if known.open_until > now:
        return None
    match choose(_pending(db, target, now, most), known.failures, pace, now):
        case Single(delivery):
            return Outgoing(target, now, delivery, attempts=delivery.attempts)
        case Digest():
            return _digest(db, target, now, most)
        case None:
            return None


def _pending(db: Database, target: str, now: int, most_sent: int | None) -> Pending:
    """Ask for no more than the choice needs: a hundred thousand may wait."""
    most = BURST + 1
    singles = _deliveries(db, _OLDEST_SINGLES, (target, now, SUSPECT, most))
    left = most - len(singles)
    suspects = _deliveries(db, _OLDEST_SUSPECTS, (target, now, SUSPECT, left)) if left else []
    urgent = [one for one in singles if one.notice.event in URGENT][:2]
    if not left and len(urgent) < 2:
        urgent = _deliveries(db, _OLDEST_URGENT, (target, now, SUSPECT, *_URGENT, 2))
    any_due = bool(singles or suspects or db.sql(_ANY_DUE, (target, now)))
    is_full = most_sent is not None and db.sql(_COUNT_DUE, (target, now, most_sent))[0][0] == most_sent
    return Pending(singles, suspects, urgent, any_due, is_full)


def _deliveries(db: Database, statement: str, values: Sequence[Any]) -> list[Delivery]:
    return [delivery_of(row) for row in db.sql(statement, values)]


def _digest(db: Database, target: str, now: int, most: int | None) -> Outgoing | None:
    if most is None:
        (up_to, attempts), *_ = db.sql(_DIGEST, (target, now))
    else:
        (up_to, attempts), *_ = db.sql(_PART_OF_DIGEST, (*(target, now, most) * 2, most))
    return None if up_to is None else Outgoing(target, now, None, up_to, attempts)


def contents(db: Database, outgoing: Outgoing) -> Iterator[Delivery]:
    """Yield every alert of a message, oldest first."""
    if outgoing.single is not None:
        yield outgoing.single
        return
    after = 0
    while True:
        page = _deliveries(db, _DIGEST_PAGE, (outgoing.target, outgoing.due_by, outgoing.up_to, after))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def next_due(db: Database, target: str) -> int | None:
    """Return when the next message to a target may go out; None when none waits."""
    due = db.sql(_NEXT_DUE, (target,))[0][0]
    return None if due is None else max(int(due), breaker(db, target).open_until)


# -- after a send ---------------------------------------------------------------------------------------


def mark_sent(db: Database, outgoing: Outgoing, now: int) -> int:
    """Record that a message was delivered, and close its target's circuit breaker; return how many notices it had."""
    with db.transaction():
        _set_breaker(db, outgoing.target, Breaker())
        return _update(db, _MARK_SENT, (now,), outgoing)


def mark_failed(db: Database, outgoing: Outgoing, retry: Retry, why: str, now: int) -> None:
    """Set the next try of a message, and its target's circuit breaker; all that is due counts as failing from now."""
    with db.transaction():
        db.many(_MARK_FAILING, [(now, outgoing.target, now)])
        _update(db, _MARK_FAILED, (retry.at, why), outgoing)
        _set_breaker(db, outgoing.target, retry.breaker)


def mark_dead(db: Database, target: str, failing_since: int, why: str) -> tuple[int, bool]:
    """Mark as dead what has been failing since a time; return how many, and whether the other targets do not know."""
    with db.transaction():
        count = db.many(_MARK_DEAD, [(why, target, failing_since)])
        before = breaker(db, target)
        after = after_deaths(before, count)
        if after != before:
            _set_breaker(db, target, after)
    return count, after != before


def try_now(db: Database, target: str, now: int) -> None:
    """Let all that failed go out at once: the target is another one than it failed at."""
    with db.transaction():
        _set_breaker(db, target, replace(breaker(db, target), failures=0, open_until=0))
        db.many(_TRY_NOW, [(now, target, now)])


def drop_old_tests(db: Database, target: str, before: int) -> None:
    """Give up test messages to a target that were made before a time and have not arrived."""
    if db.sql(_ANY_OLD_TEST, (target, before)):
        with db.transaction():
            db.many(_DROP_OLD_TESTS, [(target, before)])


def breaker(db: Database, target: str) -> Breaker:
    """Return the circuit breaker of a target."""
    found = db.sql(_BREAKER, (target,))
    return Breaker(found[0][0], found[0][1], bool(found[0][2])) if found else Breaker()


def _set_breaker(db: Database, target: str, now: Breaker) -> None:
    db.many(_SET_BREAKER, [(target, now.failures, now.open_until, now.dead_notified)])


def _update(db: Database, statement: str, values: Sequence[Any], outgoing: Outgoing) -> int:
    """Update the deliveries of a message that still wait; return how many."""
    if outgoing.single is not None:
        return db.many(statement + _IS_SINGLE, [(*values, outgoing.single.id)])
    where = outgoing.target, outgoing.due_by, outgoing.up_to
    return db.many(statement + _IN_DIGEST, [(*values, *where)])
