"""The page as a part of the daemon: loaded only where the config has one, and never in the way of the passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from tracker.config.settings import Config
from tracker.lib.times import SECOND
from tracker.store.database import Database
from tracker.web.site import Doors

log = structlog.get_logger(__name__)

RETRY = 10 * SECOND
"""How often a port is tried again that another program has."""


class _Serving(Protocol):
    def follow(self, config: Config) -> None: ...
    def close(self) -> None: ...


class DaemonPage:
    """Serves the page where the config has one. `elapsed` is a clock that nobody can set."""

    def __init__(self, db: Database, doors: Doors, elapsed: Callable[[], int]) -> None:
        self._db = db
        self._doors = doors
        self._elapsed = elapsed
        self._serving: _Serving | None = None
        #: The config whose port could not be had, and when it is tried again.
        self._waiting: tuple[Config, int] | None = None

    def follow(self, config: Config) -> None:
        """Serve by this config from now on. A port that cannot be had is logged, and tried again by `check`."""
        self._waiting = None
        if config.web is None and self._serving is None:
            return
        # Here, because it takes 5 MiB, and most daemons serve nothing.
        from tracker.web.server import CannotListen

        try:
            self._made().follow(config)
        except CannotListen as fault:
            log.error("web.unavailable", why=str(fault))
            self._waiting = config, self._elapsed() + RETRY
        else:
            if config.web is not None:
                log.info("web.listening", on=config.web.listen)

    def check(self) -> None:
        """Try again to get a port that another program had."""
        if self._waiting is not None and self._elapsed() >= self._waiting[1]:
            self.follow(self._waiting[0])

    def close(self) -> None:
        """Serve no more."""
        if self._serving is not None:
            self._serving.close()

    def _made(self) -> _Serving:
        if self._serving is None:
            from tracker.web.serving import Serving

            self._serving = Serving(self._db, self._doors)
        return self._serving
