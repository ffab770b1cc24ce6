"""Records each intent to send an `add` and its raw answer, and finds what a dead process left without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker.accounts.limits import Cap, fits
from tracker.lib import money
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order
from tracker.panel.exchange import Exchange
from tracker.store import changes, epoch, spending
from tracker.store.database import Database
from tracker.store.kept_answers import KEPT, cut_to_keep, values_of
from tracker.store.rows import ORDER_NAMES, mark_of, mark_text, order_of


class Attempt(NamedTuple):
    """One recorded intent to send an `add`, with the raw answer once there is one; each value as it is stored."""

    id: int
    order_id: int
    at: int
    expected_charge: str | None
    balance: str | None
    balance_at: int | None
    newest_id: str | None
    mark: str | None
    answered_at: int | None
    begun: bool | None
    status: int | None
    headers: str | None
    body: bytes | None
    whole: bool | None
    error: str | None
    request_key: str | None
    request_digest: str | None


_INSERT_ATTEMPT = """
    INSERT INTO attempts (order_id, at, expected_charge, balance, balance_at, newest_id, mark, request_key,
        request_digest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_KEEP_ANSWER = f"UPDATE attempts SET answered_at = ?, {KEPT} WHERE id = ?"
_KEEP_NOT_SENT = """
    UPDATE attempts SET answered_at = ?, begun = ?, headers = ?, body = ?, whole = ?, error = ?
    WHERE order_id = ? AND at = ? AND answered_at IS NULL
"""
_SUBMITTING = f"SELECT {', '.join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'submitting'"
_ANY_SUBMITTING = "SELECT id FROM orders WHERE panel = ? AND state = 'submitting' LIMIT 1"
_NEWEST_ID = "SELECT MAX(id) FROM attempts"
_EXISTS = "SELECT 1 FROM attempts WHERE id = ?"
_NEWEST_SENT = """
    SELECT orders.id, orders.panel, orders.panel_order_id FROM orders
    JOIN (SELECT order_id, MAX(id) AS newest FROM attempts GROUP BY order_id ORDER BY newest DESC LIMIT ?) AS sent
    ON sent.order_id = orders.id ORDER BY sent.newest DESC
"""
_OF_ORDER = f"SELECT {', '.join(Attempt._fields)} FROM attempts WHERE order_id = ? ORDER BY id DESC LIMIT ?"
_LAST = f"SELECT {', '.join(Attempt._fields)} FROM attempts WHERE order_id = ? ORDER BY id DESC LIMIT 1"
_NEVER_SENT = f"""
    SELECT attempts.error, {", ".join(f"orders.{name}" for name in ORDER_NAMES)} FROM orders
    JOIN attempts ON attempts.id = (SELECT MAX(id) FROM attempts WHERE order_id = orders.id)
    WHERE orders.panel = ? AND orders.state = 'unknown' AND NOT attempts.begun AND attempts.status IS NULL
"""
_ANSWERED = f"""
    SELECT {", ".join(f"orders.{name}" for name in ORDER_NAMES)} FROM orders
    JOIN attempts ON attempts.id = (SELECT MAX(id) FROM attempts WHERE order_id = orders.id)
    WHERE orders.panel = ? AND orders.state = 'unknown' AND attempts.status IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM asks WHERE attempt_id = attempts.id AND (begun IS NULL OR begun))
"""
"""What was asked again may have been taken then, whatever the first answer was."""

_TIMES = """
    SELECT attempts.at, attempts.answered_at FROM attempts JOIN orders ON orders.id = attempts.order_id
    WHERE orders.panel = ? AND attempts.answered_at IS NOT NULL ORDER BY attempts.id DESC LIMIT ?
"""


def newest_times(db: Database, panel: str, count: int) -> list[tuple[int, int]]:
    """Return when the newest adds of a panel were sent and answered, the oldest of them first."""
    return [(sent, answered) for sent, answered in reversed(db.sql(_TIMES, (panel, count)))]


def claim(
    db: Database, change: OrderChange, intent: Intent, caps: Sequence[Cap] = ()
) -> tuple[OrderChange, int] | None:
    """Record the intent to send, durably; None when the order was changed or held meanwhile, has expired, or
    no longer fits the caps.

    `change` is what `before_add` decided. Returns it, as it was written, and the id of the attempt.
    """
    with db.transaction():
        # Over all daemons nothing else is spent under these caps until this is on record.
        spending.lock(db, {cap.scope for cap in caps})
        if not fits(intent.expected_charge, spending.rooms(db, caps)):
            return None
        written = changes.apply(db, [change], intent.at)
        if not written:
            return None
        values = (money.text(intent.expected_charge), money.text(intent.balance), intent.balance_at)
        rest = (intent.newest_id, mark_text(intent.mark), intent.request_key, intent.request_digest)
        recorded = db.sql(_INSERT_ATTEMPT, (change.before.id, intent.at, *values, *rest))
        attempt_id: int = recorded[0][0]
        number = epoch.raise_with_intent(db)
    epoch.note_intent(db, number)
    return written[0], attempt_id


def keep(db: Database, attempt_id: int, exchange: Exchange, now: int) -> Exchange:
    """Keep the raw answer, durably, before anyone reads it; return it as it was kept."""
    kept = cut_to_keep(exchange)
    with db.transaction():
        db.many(_KEEP_ANSWER, [(now, *values_of(kept), attempt_id)])
    return kept


def keep_not_sent(db: Database, order_id: int, at: int, why: str, now: int) -> bool:
    """Keep that nothing was sent on an intent of this moment; False when there is none without an answer."""
    with db.transaction():
        return bool(db.many(_KEEP_NOT_SENT, [(now, False, "{}", b"", False, why, order_id, at)]))


def on_the_way(db: Database, panel: str) -> tuple[bool, int | None]:
    """Return whether an `add` is in flight, and the id of the newest attempt over all panels."""
    return bool(db.sql(_ANY_SUBMITTING, (panel,))), db.sql(_NEWEST_ID)[0][0]


def newest(db: Database) -> int:
    """Return the number of the newest attempt over all panels; 0 when there is none."""
    return db.sql(_NEWEST_ID)[0][0] or 0


def unanswered(db: Database, panel: str) -> list[tuple[Order, Attempt]]:
    """Return the orders whose process died during their `add`, each with its last attempt."""
    orders = [order_of(row) for row in db.sql(_SUBMITTING, (panel,))]
    return [(order, last_attempt(db, order.id)) for order in orders]


def never_sent(db: Database, panel: str) -> list[tuple[Order, str]]:
    """Return the unknown orders whose last attempt was proven never to have been sent, each with why it was not."""
    return [(order_of(row), error or "nothing was sent") for error, *row in db.sql(_NEVER_SENT, (panel,))]


def answered(db: Database, panel: str) -> list[tuple[Order, Attempt]]:
    """Return the unknown orders whose `add` had an answer and was not asked again, each with its last attempt."""
    orders = [order_of(row) for row in db.sql(_ANSWERED, (panel,))]
    return [(order, last_attempt(db, order.id)) for order in orders]


def has_attempt(db: Database, attempt_id: int) -> bool:
    """Tell whether the database still has this attempt."""
    return bool(db.sql(_EXISTS, (attempt_id,)))


def last_attempt(db: Database, order_id: int) -> Attempt:
    """Return the newest attempt of an order that was sent at least once."""
    return Attempt(*db.sql(_LAST, (order_id,))[0])


def of_order(db: Database, order_id: int, count: int) -> list[Attempt]:
    """Return the newest attempts of an order, the newest first."""
    return [Attempt(*row) for row in db.sql(_OF_ORDER, (order_id, count))]


def newest_sent(db: Database, count: int) -> list[str]:
    """Return the orders that were sent last, as lines for people."""
    rows = db.sql(_NEWEST_SENT, (count,))
    return [f"order {order_id}: {known or 'not answered'} at {panel}" for order_id, panel, known in rows]


def intent_of(row: Attempt) -> Intent:
    """Read the intent that an attempt was recorded with."""
    charge, balance = money.read(row.expected_charge), money.read(row.balance)
    known = charge, balance, row.balance_at, row.newest_id, mark_of(row.mark)
    return Intent(row.at, *known, request_key=row.request_key, request_digest=row.request_digest)


_SENT = "SELECT id FROM attempts WHERE order_id = ? AND (begun IS NULL OR begun) LIMIT 1"
"""An attempt without an answer may have been sent: only a kept answer can prove that it was not."""


def was_sent(db: Database, order: Order) -> bool:
    """Tell whether any request for this order may have reached the panel."""
    return bool(db.sql(_SENT, (order.id,)))
