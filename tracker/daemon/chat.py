"""The chats that may decide, as a part of the daemon: loaded only where the config has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tracker.config.settings import Config
from tracker.orders.order import Order
from tracker.store.database import Database


class _Listening(Protocol):
    def follow(self, config: Config) -> None: ...
    def close(self) -> None: ...


class DaemonChat:
    """Listens to the bots of a config. `elapsed` is a clock that nobody can set."""

    def __init__(
        self, db: Database, adopt: Callable[[Order, str, str], Order], elapsed: Callable[[], int]
    ) -> None:
        self._db = db
        self._adopt = adopt
        self._elapsed = elapsed
        self._listening: _Listening | None = None

    def follow(self, config: Config) -> None:
        """Listen by this config from now on."""
        if self._listening is None and not any(target.commands for target in config.alerts):
            return
        if self._listening is None:
            # Here, because most configs have no chat that may decide.
            from tracker.chat.listening import Listening

            self._listening = Listening(self._db, self._adopt, self._elapsed)
        self._listening.follow(config)

    def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.close()
