"""Keeps what may be pressed in a chat: each keyboard under a message, its buttons, and how far a bot was read.

What travels is a nonce only: the act, the order and who may press stay here. A keyboard is used once, with all others
under the same message.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tracker.store.database import Database

NONCE_BYTES = 18
"""Random bytes of a nonce: 24 characters, and Telegram takes 64 bytes with a button."""

_ABOUT = "bot, chat, event, panel, order_id, attempt, made_at, expires_at"
_KEYBOARD = f"k.id, {', '.join(f'k.{name}' for name in _ABOUT.split(', '))}, k.message_id, k.done_at, k.done"
_INSERT = f"INSERT INTO chat_keyboards ({_ABOUT}, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
_INSERT_BUTTON = "INSERT INTO chat_buttons (nonce, keyboard, act, argument) VALUES (?, ?, ?, ?)"
_PLACE = "UPDATE chat_keyboards SET message_id = ? WHERE id = ? AND message_id IS NULL"
_BY_NONCE = f"""
    SELECT b.act, b.argument, {_KEYBOARD} FROM chat_buttons b JOIN chat_keyboards k ON k.id = b.keyboard
    WHERE b.nonce = ? AND k.bot = ?
"""
_BY_PLACE = f"""
    SELECT b.act, b.argument, {_KEYBOARD} FROM chat_keyboards k JOIN chat_buttons b ON b.keyboard = k.id
    WHERE k.bot = ? AND k.chat = ? AND k.message_id = ? AND b.act = ? ORDER BY k.id DESC LIMIT 1
"""
_FINISH = """
    UPDATE chat_keyboards SET done_at = ?, done = ? WHERE done_at IS NULL
    AND (id = ? OR (bot = ? AND chat = ? AND message_id = ?))
"""
_IS_OPEN = "SELECT 1 FROM chat_keyboards WHERE id = ? AND done_at IS NULL"
_ANY_OPEN = """
    SELECT 1 FROM chat_keyboards WHERE bot = ? AND chat = ? AND message_id = ? AND done_at IS NULL AND expires_at > ?
    LIMIT 1
"""
_PRUNE = "DELETE FROM chat_keyboards WHERE expires_at < ?"
_OFFSET = "SELECT next_update FROM chat_offsets WHERE bot = ?"
_SET_OFFSET = (
    "INSERT INTO chat_offsets (bot, next_update) VALUES (?, ?) ON CONFLICT (bot) "
    "DO UPDATE SET next_update = excluded.next_update"
)


class About(NamedTuple):
    """What a keyboard is about, where it is shown, and how long it may be used. Times are microseconds."""

    bot: str
    chat: int
    event: str
    panel: str | None
    order_id: int | None
    #: How often the order had been sent: a keyboard decides about that attempt only.
    attempt: int | None
    made_at: int
    expires_at: int


class NewButton(NamedTuple):
    """A button to be made."""

    act: str
    argument: str | None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button as it is stored, with its keyboard."""

    act: str
    argument: str | None
    keyboard: int
    about: About
    #: None until it is known under which message it stands.
    message_id: int | None = None
    done_at: int | None = None
    #: What was done when it was used.
    done: str | None = None


def make(
    db: Database, about: About, buttons: Iterable[NewButton], message_id: int | None = None
) -> tuple[int, list[str]]:
    """Make a keyboard; return its id, and a nonce for each button."""
    made = [(secrets.token_urlsafe(NONCE_BYTES), *button) for button in buttons]
    with db.transaction():
        keyboard = int(db.sql(_INSERT, (*about, message_id))[0][0])
        db.many(_INSERT_BUTTON, [(nonce, keyboard, act, argument) for nonce, act, argument in made])
    return keyboard, [nonce for nonce, *_ in made]


def place(db: Database, keyboard: int, message_id: int) -> None:
    """Record under which message a keyboard is shown."""
    with db.transaction():
        db.many(_PLACE, [(message_id, keyboard)])


def by_nonce(db: Database, bot: str, nonce: str) -> Pressed | None:
    """Return the button of a nonce; None when this bot has none."""
    return _one(db, _BY_NONCE, nonce, bot)


def at_message(db: Database, bot: str, chat: int, message_id: int, act: str) -> Pressed | None:
    """Return the newest button of an act under a message; None when there is none."""
    return _one(db, _BY_PLACE, bot, chat, message_id, act)


def finish(db: Database, pressed: Pressed, done: str, now: int) -> bool:
    """Use up a keyboard and all others under its message, inside the caller's transaction; False when it is used up."""
    if not db.sql(_IS_OPEN + db.for_update, (pressed.keyboard,)):
        return False
    about = pressed.about
    db.many(_FINISH, [(now, done, pressed.keyboard, about.bot, about.chat, pressed.message_id)])
    return True


def any_open(db: Database, bot: str, chat: int, message_id: int, now: int) -> bool:
    """Tell whether a message has a keyboard that can be used still."""
    return bool(db.sql(_ANY_OPEN, (bot, chat, message_id, now)))


def prune(db: Database, before: int) -> None:
    """Forget the keyboards that could not be used any more at a time."""
    with db.transaction():
        db.many(_PRUNE, [(before,)])


def offset(db: Database, bot: str) -> int:
    """Return the id of the first update of a bot that was not dealt with."""
    rows = db.sql(_OFFSET, (bot,))
    return int(rows[0][0]) if rows else 0


def set_offset(db: Database, bot: str, next_update: int) -> None:
    """Record that all updates of a bot before an id were dealt with."""
    with db.transaction():
        db.many(_SET_OFFSET, [(bot, next_update)])


def _one(db: Database, query: str, *values: object) -> Pressed | None:
    rows = db.sql(query, values)
    if not rows:
        return None
    act, argument, keyboard, *rest = rows[0]
    *about, message_id, done_at, done = rest
    return Pressed(act, argument, keyboard, About(*about), message_id, done_at, done)
