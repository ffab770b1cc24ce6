"""Makes the keyboards under messages: each button with a nonce that means something in this database only."""

from __future__ import annotations

from typing import Any

from tracker.chat.buttons import Rows
from tracker.lib.times import DAY
from tracker.store import chat, orders
from tracker.store.chat import About, NewButton
from tracker.store.database import Database

EXPIRY = 3 * DAY
"""How long a button may be pressed: who decides later should look first."""

NONE: dict[str, Any] = {"inline_keyboard": []}
"""The keyboard that takes all buttons away."""


def about(db: Database, bot: str, chat_id: int, what: tuple[str, str | None, int | None], now: int) -> About:
    """Say what a keyboard is about: `what` is the event, the panel and the order of an alert."""
    event, panel, order_id = what
    order = None if order_id is None else orders.by_id(db, order_id)
    attempt = None if order is None else order.attempts
    return About(bot, chat_id, event, panel, order_id, attempt, now, now + EXPIRY)


def made(
    db: Database, subject: About, rows: Rows, message_id: int | None = None
) -> tuple[int, dict[str, Any]]:
    """Make a keyboard; return its id and its markup."""
    buttons = [button for row in rows for button in row]
    keyboard, nonces = chat.make(
        db, subject, (NewButton(str(one.act), one.argument) for one in buttons), message_id
    )
    nonce = iter(nonces)
    markup = [[{"text": one.label, "callback_data": next(nonce)} for one in row] for row in rows]
    return keyboard, {"inline_keyboard": markup}
