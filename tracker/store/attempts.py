"""Records each intent to send an `add` and its raw answer, and finds what a dead process left without an answer."""

from __future__ import annotations

import json

from tracker.lib import money
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes
from tracker.store.database import Database
from tracker.store.rows import ORDER_COLUMNS, mark_of, mark_text, order_of
from tracker.store.tables import Attempts, Orders

KEPT_BODY = 65536
"""Bytes of an `add` answer that are kept; a longer one is kept as cut short."""

_INSERT_ATTEMPT = """
    INSERT INTO attempts (order_id, at, expected_charge, balance, balance_at, newest_id, mark)
    VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_KEEP_ANSWER = """
    UPDATE attempts SET answered_at = ?, begun = ?, status = ?, headers = ?, body = ?, whole = ?, error = ? WHERE id = ?
"""


def claim(db: Database, change: OrderChange, intent: Intent) -> tuple[OrderChange, int] | None:
    """Record the intent to send, durably; None when the order was changed meanwhile.

    `change` is what `before_add` decided. Returns it, as it was written, and the id of the attempt.
    """
    with db.transaction():
        written = changes.apply(db, [change], intent.at)
        if not written:
            return None
        values = (money.text(intent.expected_charge), money.text(intent.balance), intent.balance_at)
        rest = (intent.newest_id, mark_text(intent.mark))
        recorded = db.sql(_INSERT_ATTEMPT, (change.before.id, intent.at, *values, *rest))
        attempt_id: int = recorded[0][0]
    return written[0], attempt_id


def keep(db: Database, attempt_id: int, exchange: Exchange, now: int) -> Exchange:
    """Keep the raw answer, durably, before anyone reads it; return it as it was kept."""
    kept = _cut(exchange)
    headers = json.dumps(dict(kept.headers))
    answer = (now, kept.sent, kept.status, headers, kept.body, kept.whole, kept.error)
    with db.transaction():
        db.many(_KEEP_ANSWER, [(*answer, attempt_id)])
    return kept


def _cut(exchange: Exchange) -> Exchange:
    if len(exchange.body) <= KEPT_BODY:
        return exchange
    return Exchange(
        exchange.request,
        exchange.sent,
        exchange.status,
        exchange.headers,
        exchange.body[:KEPT_BODY],
        whole=False,
        error=exchange.error,
    )


def on_the_way(db: Database, panel: str) -> tuple[bool, int | None]:
    """Return whether an `add` is on its way, and the id of the newest attempt at any."""
    left = "SELECT id FROM orders WHERE panel = ? AND state = 'submitting' LIMIT 1"
    return bool(db.sql(left, (panel,))), db.sql("SELECT MAX(id) FROM attempts")[0][0]


def unanswered(db: Database, panel: str) -> list[tuple[Order, Attempts]]:
    """Return the orders whose process died during their `add`, each with its last attempt."""
    left = (Orders.panel == panel) & (Orders.state == "submitting")
    orders = [order_of(row) for row in db.rows(Orders.select(*ORDER_COLUMNS).where(left).tuples())]
    return [(order, last_attempt(db, order.id)) for order in orders]


def has_attempt(db: Database, attempt_id: int) -> bool:
    """Tell whether an intent that was recorded is still there."""
    return bool(db.sql("SELECT 1 FROM attempts WHERE id = ?", (attempt_id,)))


def last_attempt(db: Database, order_id: int) -> Attempts:
    """Return the newest attempt of an order that was sent at least once."""
    query = Attempts.select().where(Attempts.order == order_id).order_by(Attempts.id.desc()).limit(1)
    attempt: Attempts = db.rows(query)[0]
    return attempt


def intent_of(row: Attempts) -> Intent:
    """Read the intent that an attempt was recorded with."""
    charge, balance = money.read(row.expected_charge), money.read(row.balance)
    return Intent(row.at, charge, balance, row.balance_at, row.newest_id, mark_of(row.mark))


def exchange_of(row: Attempts, request: Request) -> Exchange | None:
    """Read the raw answer that was kept with an attempt; None when none was."""
    if row.answered_at is None:
        return None
    return Exchange(
        request,
        sent=bool(row.begun),
        status=row.status,
        headers=json.loads(row.headers or "{}"),
        body=bytes(row.body or b""),
        whole=bool(row.whole),
        error=row.error,
    )
