"""Reads what was recorded of an `add`: the intent to send it, and its raw answer."""

from __future__ import annotations

import json

from tracker.decisions import Intent
from tracker.exchange import Exchange, Question
from tracker.store.rows import mark_of, money
from tracker.store.tables import Attempts


def intent_of(row: Attempts) -> Intent:
    """Read the intent that an attempt was recorded with."""
    charge, balance = money(row.expected_charge), money(row.balance)
    return Intent(row.at, charge, balance, row.balance_at, row.newest_id, mark_of(row.mark))


def exchange_of(row: Attempts, question: Question) -> Exchange | None:
    """Read the raw answer that was kept with an attempt; None when none was."""
    if row.answered_at is None:
        return None
    return Exchange(
        question,
        begun=bool(row.begun),
        status=row.status,
        headers=json.loads(row.headers or "{}"),
        body=bytes(row.body or b""),
        whole=bool(row.whole),
        error=row.error,
    )
