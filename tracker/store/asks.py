"""Records each time that a lost `add` is asked again, with its raw answer, and finds what is equal to an order."""

from __future__ import annotations

import json
from typing import NamedTuple

from tracker.orders.links import same_link
from tracker.orders.order import Order
from tracker.panel.exchange import Exchange, Request
from tracker.store import epoch, orders
from tracker.store.attempts import cut_to_keep
from tracker.store.database import Database
from tracker.store.rows import ORDER_NAMES, order_of


class Ask(NamedTuple):
    """One time that an attempt was asked again; each value as it is stored."""

    id: int
    order_id: int
    attempt_id: int
    at: int
    #: When the request is surely over, whatever became of its process; once it is answered, when that was.
    over_at: int
    answered_at: int | None
    begun: bool | None
    status: int | None
    headers: str | None
    body: bytes | None
    whole: bool | None
    error: str | None
    #: What the answer made of the order; None while it was not read.
    outcome: str | None


_INSERT = "INSERT INTO asks (order_id, attempt_id, at, over_at) VALUES (?, ?, ?, ?) RETURNING id"
_KEEP = """
    UPDATE asks SET answered_at = ?, over_at = ?, begun = ?, status = ?, headers = ?, body = ?, whole = ?, error = ?
    WHERE id = ?
"""
_OUTCOME = "UPDATE asks SET outcome = ? WHERE id = ?"
_OF_ATTEMPT = f"SELECT {', '.join(Ask._fields)} FROM asks WHERE attempt_id = ? ORDER BY id"
_OPEN = "SELECT MAX(over_at) FROM asks WHERE order_id = ? AND answered_at IS NULL"
_FORGET = """
    UPDATE attempts SET request_key = NULL, request_digest = NULL
    WHERE request_digest IS NOT NULL AND order_id IN (SELECT id FROM orders WHERE panel = ?)
"""
_EQUAL = f"""
    SELECT COALESCE((SELECT MAX(over_at) FROM asks WHERE order_id = o.id), 0),
    COALESCE((SELECT MAX(answered_at) FROM attempts WHERE order_id = o.id), 0),
    {", ".join(f"o.{name}" for name in ORDER_NAMES)}
    FROM orders o WHERE o.panel = ? AND o.submitted_at BETWEEN ? AND ? AND o.service = ? AND o.id <> ?
    AND o.state <> 'rejected'
"""
_POSTPONED = f"""
    SELECT {", ".join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'queued' AND due_at > ?
    ORDER BY due_at, id LIMIT ?
"""
SHOWN = 100
"""Queued orders that are looked at to say what waits."""


def record(db: Database, order: Order, attempt_id: int, at: int, over_at: int) -> int | None:
    """Record, durably, that a lost order is asked again; None when it was settled meanwhile."""
    with db.transaction():
        if orders.lock_states(db, [order.id]).get(order.id) != (str(order.state), order.attempts):
            return None
        ask_id: int = db.sql(_INSERT, (order.id, attempt_id, at, over_at))[0][0]
        number = epoch.raise_with_intent(db)
    epoch.note_intent(db, number)
    return ask_id


def keep(db: Database, ask_id: int, exchange: Exchange, now: int) -> Exchange:
    """Keep the raw answer, durably, before anyone reads it; return it as it was kept."""
    kept = cut_to_keep(exchange)
    headers = json.dumps(dict(kept.headers))
    row = (now, now, kept.sent, kept.status, headers, kept.body, kept.whole, kept.error, ask_id)
    with db.transaction():
        db.many(_KEEP, [row])
    return kept


def note_outcome(db: Database, ask_id: int, outcome: str) -> None:
    """Record what the answer made of the order; inside the caller's transaction."""
    db.many(_OUTCOME, [(outcome, ask_id)])


def of_attempt(db: Database, attempt_id: int) -> list[Ask]:
    """Return each time that an attempt was asked again, the first of them first."""
    return [Ask(*row) for row in db.sql(_OF_ATTEMPT, (attempt_id,))]


def exchange_of(ask: Ask, request: Request) -> Exchange | None:
    """Read the raw answer that was kept; None when none was."""
    if ask.answered_at is None:
        return None
    return Exchange(
        request,
        sent=bool(ask.begun),
        status=ask.status,
        headers=json.loads(ask.headers or "{}"),
        body=bytes(ask.body or b""),
        whole=bool(ask.whole),
        error=ask.error,
    )


def open_until(db: Database, order_id: int, now: int) -> int | None:
    """Return until when an order may be on its way to the panel once more; None when it is not."""
    until = db.sql(_OPEN, (order_id,))[0][0]
    return until if until is not None and until > now else None


def forget_requests(db: Database, panel: str) -> None:
    """Trust no key and no request of before any more: a copy of the database may lack what became of them."""
    with db.transaction():
        db.many(_FORGET, [(panel,)])


def waiting_for_equal(
    db: Database, panel: str, now: int, window: int, longest: int
) -> list[tuple[Order, Order, int]]:
    """Return queued orders that wait for the end of an equal one's window: each with that one, and until when."""
    found: list[tuple[Order, Order, int]] = []
    for row in db.sql(_POSTPONED, (panel, now, SHOWN)):
        order = order_of(row)
        equal = equal_sent(db, order, now, window, longest)
        if equal is not None:
            found.append((order, equal[0], equal[1] + window))
    return found


def equal_sent(db: Database, order: Order, now: int, window: int, longest: int) -> tuple[Order, int] | None:
    """Return the newest other order that asks for the same and was under way within the window, and until when it was.

    `longest` is the time limit of an `add`. What a wrong clock has dated further ahead than the window holds nothing
    back.
    """
    # One may have been asked again until its window was over, and the answer may have taken its time.
    since = now - 2 * (window + longest)
    values = (order.panel, since, now + window, order.service, order.id)
    found = [(order_of(row), max(asked, answered)) for asked, answered, *row in db.sql(_EQUAL, values)]
    sent = [
        (other, min(max(other.submitted_at or 0, over_at), now + window))
        for other, over_at in found
        if other.quantity == order.quantity and same_link(other.link, order.link)
    ]
    newest = max(sent, key=lambda pair: pair[1], default=None)
    return newest if newest is not None and now - newest[1] < window else None
