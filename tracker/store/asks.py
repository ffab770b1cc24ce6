"""Records each time that a lost `add` is asked again, with its raw answer."""

from __future__ import annotations

from typing import NamedTuple

from tracker.orders.order import Order
from tracker.panel.exchange import Exchange
from tracker.store import epoch, orders
from tracker.store.database import Database
from tracker.store.kept_answers import KEPT, cut_to_keep, values_of


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
_KEEP = f"UPDATE asks SET answered_at = ?, over_at = ?, {KEPT} WHERE id = ?"
_UNSETTLE = "UPDATE attempts SET settled_by = NULL, clear_at = NULL, absent_at = NULL WHERE id = ?"
"""The request is on the wire once more, and may arrive: nothing that was proven before counts any longer."""
_UNDENY = "UPDATE probes SET denied_past = ? WHERE panel = ? AND denied_past >= ?"
"""An id that was denied since may be its own all the same, as it may arrive only now."""
_OUTCOME = "UPDATE asks SET outcome = ? WHERE id = ?"
_OF_ATTEMPT = f"SELECT {', '.join(Ask._fields)} FROM asks WHERE attempt_id = ? ORDER BY id"
_OPEN = "SELECT MAX(over_at) FROM asks WHERE order_id = ? AND answered_at IS NULL"
_FORGET = """
    UPDATE attempts SET request_key = NULL, request_digest = NULL
    WHERE request_digest IS NOT NULL AND order_id IN (SELECT id FROM orders WHERE panel = ?)
"""


def record(db: Database, order: Order, attempt_id: int, at: int, over_at: int) -> int | None:
    """Record, durably, that a lost order is asked again; None when it was settled meanwhile."""
    with db.transaction():
        found = orders.lock(db, [order.id]).get(order.id)
        if found is None or (found.state, found.attempts) != (order.state, order.attempts):
            return None
        ask_id: int = db.sql(_INSERT, (order.id, attempt_id, at, over_at))[0][0]
        db.many(_UNSETTLE, [(attempt_id,)])
        db.many(_UNDENY, [(attempt_id - 1, order.panel, attempt_id)])
        number = epoch.raise_with_intent(db)
    epoch.note_intent(db, number)
    return ask_id


def keep(db: Database, ask_id: int, exchange: Exchange, now: int) -> Exchange:
    """Keep the raw answer, durably, before anyone reads it; return it as it was kept."""
    kept = cut_to_keep(exchange)
    with db.transaction():
        db.many(_KEEP, [(now, now, *values_of(kept), ask_id)])
    return kept


def note_outcome(db: Database, ask_id: int, outcome: str) -> None:
    """Record what the answer made of the order; inside the caller's transaction."""
    db.many(_OUTCOME, [(outcome, ask_id)])


def of_attempt(db: Database, attempt_id: int) -> list[Ask]:
    """Return each time that an attempt was asked again, the first of them first."""
    return [Ask(*row) for row in db.sql(_OF_ATTEMPT, (attempt_id,))]


def open_until(db: Database, order_id: int, now: int) -> int | None:
    """Return until when an order may be on its way to the panel once more; None when it is not."""
    until = db.sql(_OPEN, (order_id,))[0][0]
    return until if until is not None and until > now else None


def forget_requests(db: Database, panel: str) -> None:
    """Trust no key and no request of before any more: a copy of the database may lack what became of them."""
    with db.transaction():
        db.many(_FORGET, [(panel,)])
