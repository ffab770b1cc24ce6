"""What every answer in a chat is made from, and who may ask. Read listener.py next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tracker.alerts.channels.telegram import read_url
from tracker.chat.bot_api import TELEGRAM
from tracker.chat.updates import Person
from tracker.config.settings import Config
from tracker.config.target_settings import Target
from tracker.lib import clock
from tracker.orders.order import Order
from tracker.orders.resolution import By
from tracker.store.database import Database

Adopt = Callable[[Order, str, str], Order]
"""Takes a panel's id as an unknown order's own, once the panel confirms it: order, id, who decides. Refused."""


@dataclass(frozen=True, slots=True)
class ChatSite:
    """The database and the config that are asked about, and the door to what lies behind them."""

    db: Database
    config: Config
    adopt: Adopt
    #: The time in microseconds since 1970 UTC.
    now: Callable[[], int] = clock.now


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot: where it is reached, and who may decide through it. `token` is secret."""

    token: str
    server: str
    #: Each chat, and the only people in it who may; None: everybody in it.
    allowed: Mapping[int, frozenset[int] | None]

    def __repr__(self) -> str:
        return f"<Bot {self.id}>"

    @property
    def id(self) -> str:
        """Its own id, which is no secret."""
        return self.token.partition(":")[0]

    @property
    def place(self) -> tuple[str, str]:
        """What must be the same for it to be asked in the same breath."""
        return self.token, self.server

    def may_decide(self, chat: int, person: Person) -> bool:
        """Tell whether somebody may press and ask in a chat."""
        if chat not in self.allowed:
            return False
        people = self.allowed[chat]
        return people is None or person.id in people


def bots_of(targets: Iterable[Target]) -> list[Bot]:
    """Return the bots of all targets with `commands`; targets may share one. ValueError for a URL without a token."""
    found: dict[tuple[str, str], dict[int, frozenset[int] | None]] = {}
    for target in targets:
        if not target.commands or target.url is None:
            continue
        url = read_url(target.url.reveal())
        allowed = found.setdefault((url.token, server_of(target)), {})
        for chat in target.chats:
            allowed[chat] = _both(allowed[chat], target) if chat in allowed else _people(target)
    return [Bot(token, server, allowed) for (token, server), allowed in found.items()]


def server_of(target: Target) -> str:
    """Return the server that has the bot of a target."""
    return target.api or TELEGRAM


def _people(target: Target) -> frozenset[int] | None:
    return frozenset(target.users) or None


def _both(people: frozenset[int] | None, target: Target) -> frozenset[int] | None:
    """Return who may decide in a chat that two targets name: the narrower of what they say holds."""
    others = _people(target)
    if people is None or others is None:
        return others if people is None else people
    return people & others


def name_of(person: Person) -> str:
    """Return how the history says who decided."""
    return f"{By.OPERATOR} in Telegram, {person.name} ({person.id})"
