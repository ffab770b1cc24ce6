"""Serves the page of one process for as long as its config has one, and follows the config when it is read again."""

from __future__ import annotations

from tracker.config.settings import Config
from tracker.config.web_settings import Web
from tracker.store.database import Database
from tracker.web.app import App
from tracker.web.server import Server
from tracker.web.site import Doors, Site


class Serving:
    """The page, while it is served."""

    def __init__(self, db: Database, doors: Doors) -> None:
        self._db = db
        self._doors = doors
        self._server: Server | None = None
        self._site: Site | None = None
        self._web: Web | None = None

    def follow(self, config: Config) -> None:
        """Serve by this config from now on; CannotListen when its port cannot be had.

        Sessions end when `web:` changes: its password or its clients may be others now.
        """
        if config.web is not None and self._server is not None and config.web.listen == self._listen:
            self._server.app = self._app(config, config.web)
        else:
            self.close()
            if config.web is not None:
                self._server = Server(self._app(config, config.web), config.web.listen)
                self._server.start()
        self._web = config.web

    @property
    def _listen(self) -> str | None:
        return None if self._web is None else self._web.listen

    @property
    def port(self) -> int | None:
        """The port that is listened on; None while none is."""
        return None if self._server is None else self._server.port

    def _app(self, config: Config, web: Web) -> App:
        self._leave_site()
        self._site = Site(self._db, config, self._doors)
        return App(self._site, web)

    def _leave_site(self) -> None:
        """Give up what is being made for the config of before."""
        if self._site is not None:
            self._site.close()
            self._site = None

    def close(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._leave_site()
