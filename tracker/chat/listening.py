"""Listens to every bot of a config, and follows the config when it is read again."""

from __future__ import annotations

from collections.abc import Callable

from tracker.chat.listener import Listener
from tracker.chat.site import Adopt, ChatSite, bots_of
from tracker.config.settings import Config
from tracker.lib.times import SECOND, seconds
from tracker.store.database import Database

STOP_TIME = 5 * SECOND
"""How long a stop waits for what is being done in all chats together."""


class Listening:
    """The bots, while they are listened to. `elapsed` is a clock that nobody can set."""

    def __init__(self, db: Database, adopt: Adopt, elapsed: Callable[[], int]) -> None:
        self._db = db
        self._adopt = adopt
        self._elapsed = elapsed
        self._listeners: dict[tuple[str, str], Listener] = {}

    def follow(self, config: Config) -> None:
        """Listen by this config from now on; a bot that stays is not asked anew: two calls would be in conflict."""
        site, bots = ChatSite(self._db, config, self._adopt), bots_of(config.alerts)
        for place in self._listeners.keys() - {bot.place for bot in bots}:
            self._listeners.pop(place).stop()
        for bot in bots:
            known = self._listeners.get(bot.place)
            if known is not None:
                known.follow(site, bot)
                continue
            listener = self._listeners[bot.place] = Listener(site, bot, self._elapsed)
            listener.start()

    def close(self) -> None:
        """Listen no more; what is being done is waited for a moment, a call that waits is given up."""
        until = self._elapsed() + STOP_TIME
        for listener in self._listeners.values():
            listener.stop()
        for listener in self._listeners.values():
            listener.wait(seconds(until - self._elapsed()))
        self._listeners.clear()
