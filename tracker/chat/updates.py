"""Reads what a bot is told: a button that was pressed, a text that was written, or something else. Pure.

Source: https://core.telegram.org/bots/api#update. Nothing of it is trusted: anybody may send it, with anything in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.lib.visible import JOINERS

LARGEST = 2**52
"""Ids of Telegram have at most 52 significant bits."""

LONGEST_NAME, LONGEST_TEXT = 64, 4096
"""Characters that are kept of a name, and of a text."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who pressed or wrote: the id is Telegram's, the name is what they call themselves."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed."""

    update: int
    chat: int
    person: Person
    #: The message that the button is at.
    message: int
    #: What the answer to the press refers to.
    query: str
    #: What the button was made with.
    data: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text was written; `reply_to` is the message that it answers, `at` the second since 1970 when it was."""

    update: int
    chat: int
    person: Person
    message: int
    text: str
    reply_to: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else."""

    update: int


Update = Press | Text | Other


def read_update(raw: object) -> Update | None:
    """Read one update; None for what is none, as it has no id by which it could be confirmed."""
    number = _id(raw, "update_id")
    if number is None or number < 0 or not isinstance(raw, dict):
        return None
    if "callback_query" in raw:
        return _press(number, raw["callback_query"]) or Other(number)
    return _text(number, raw.get("message")) or Other(number)


def _press(number: int, raw: object) -> Press | None:
    person, message = _person(raw), _part(raw, "message")
    chat, message_id = _id(_part(message, "chat"), "id"), _id(message, "message_id")
    query, data = _string(raw, "id"), _string(raw, "data")
    if person is None or chat is None or message_id is None or not query or not data:
        return None
    return Press(number, chat, person, message_id, query, data)


def _text(number: int, raw: object) -> Text | None:
    person, chat, message_id = _person(raw), _id(_part(raw, "chat"), "id"), _id(raw, "message_id")
    text, at = _string(raw, "text"), _id(raw, "date")
    if person is None or chat is None or message_id is None or not text or at is None:
        return None
    reply_to = _id(_part(raw, "reply_to_message"), "message_id")
    return Text(number, chat, person, message_id, text[:LONGEST_TEXT], reply_to, at)


def _person(raw: object) -> Person | None:
    """Return who did it; None for a channel, or an administrator who hides behind the group."""
    found = _part(raw, "from")
    number = _id(found, "id")
    if number is None or _part(raw, "sender_chat"):
        return None
    names = (_string(found, "first_name"), _string(found, "last_name"))
    name = " ".join(" ".join(part for part in names if part).split()) or _string(found, "username") or ""
    shown = "".join(one for one in name if one.isprintable() or one in JOINERS)[:LONGEST_NAME].strip()
    return Person(number, shown or "without a name")


def _part(raw: object, name: str) -> object:
    return raw.get(name) if isinstance(raw, dict) else None


def _id(raw: object, name: str) -> int | None:
    value = _part(raw, name)
    is_id = isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST
    return value if is_id and isinstance(value, int) else None


def _string(raw: object, name: str) -> str | None:
    value = _part(raw, name)
    # Half a character cannot be stored, and a NUL not on every database.
    return value.encode(errors="replace").decode().replace("\0", "") if isinstance(value, str) else None
