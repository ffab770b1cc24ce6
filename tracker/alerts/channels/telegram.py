"""Reads a Telegram URL, and writes a message as its chats show it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from tracker.alerts.channels.failures import capture_logs
from tracker.alerts.channels.plugins import service_at
from tracker.alerts.channels.sender import LONGEST, LONGEST_TITLE, one_line
from tracker.alerts.messages import Message, shorten

SCHEME = "tgram"


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, by its id or @name, and a topic of it."""

    chat: int | str
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class TelegramUrl:
    """What a `tgram://` URL says; `token` is secret."""

    token: str
    places: tuple[Place, ...] = ()
    silent: bool = False
    preview: bool = False

    def __repr__(self) -> str:
        return f"<TelegramUrl of bot {self.bot}>"

    @property
    def bot(self) -> str:
        """The bot's own id, which is no secret."""
        return self.token.partition(":")[0].removeprefix("bot")


def is_telegram(url: str) -> bool:
    """Tell whether a URL is of this kind."""
    return url.strip().lower().startswith(f"{SCHEME}://")


def read_url(url: str) -> TelegramUrl:
    """Read a URL, by the rules of apprise; ValueError, without its secrets, when it cannot be used."""
    with capture_logs():
        service: Any = service_at(url) if is_telegram(url) else None
    if service is None:
        raise ValueError("its URL cannot be used; `tracker check --offline` says what is wrong with it")
    places = tuple(Place(chat, topic) for chat, topic in service.targets)
    return TelegramUrl(str(service.bot_token), places, bool(service.silent), bool(service.preview))


def as_text(message: Message) -> str:
    """Write a message in Telegram's HTML."""
    title = one_line(message.title, LONGEST_TITLE)
    body = shorten(message.body, LONGEST - len(title))
    return f"<b>{escape(title, quote=False)}</b>\n{escape(body, quote=False)}"
