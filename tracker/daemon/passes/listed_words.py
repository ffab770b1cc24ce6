"""Settles orders that were refused in words which nobody had listed, once these are listed.

A part of the pass that sends.
"""

from __future__ import annotations

import structlog

from tracker.accounts.balance import after_refusal_understood
from tracker.daemon.context import PanelContext
from tracker.orders.answers import Reason, Refused
from tracker.orders.order import Order
from tracker.orders.submission import after_words_listed
from tracker.store import attempts, changes
from tracker.store.attempts import Attempt
from tracker.store.kept_answers import exchange_of

log = structlog.get_logger(__name__)


def settle_by_listed_words(context: PanelContext) -> None:
    """Read the kept answers of unknown orders by the dialect of today: a refusal by it settles its order.

    Once after a start or a reload, as the dialect changes with the config alone. It takes what a fresh answer would
    take to be proven refused: the whole answer, with a status that proves it.
    """
    for order, attempt in attempts.answered(context.db, context.name):
        refused = _refusal(context, order, attempt)
        if refused is not None:
            log.info("order.words_listed", panel=context.name, order=order.id, words=refused.message)
            _write(context, order, refused)


def _refusal(context: PanelContext, order: Order, attempt: Attempt) -> Refused | None:
    kept = exchange_of(attempt, context.dialect.add(order, attempt.request_key))
    answer = None if kept is None else context.dialect.read_add(kept, attempt.newest_id)
    return answer if isinstance(answer, Refused) else None


def _write(context: PanelContext, order: Order, refused: Refused) -> None:
    now = context.now()
    with context.db.transaction():
        for change in after_words_listed(order, refused, now):
            if not changes.apply(context.db, [change], now):
                return  # it was settled in another way meanwhile
        if refused.reason is Reason.FUNDS:
            context.update_account(after_refusal_understood)
