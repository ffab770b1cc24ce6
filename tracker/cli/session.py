"""What the commands share: the config, the database and the panel clients, each made when first needed."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import click

if TYPE_CHECKING:
    from tracker.config.settings import Config, PanelConfig
    from tracker.daemon.context import PanelContext
    from tracker.orders.order import Order
    from tracker.panel.client import PanelClient
    from tracker.store.database import Database


class Refused(click.ClickException):
    """Input that is refused: exit code 2."""

    exit_code = 2


class NoSuchOrder(click.ClickException):
    """No order bears that name: exit code 3."""

    exit_code = 3


class NeedsPerson(click.ClickException):
    """A person must decide: exit code 4."""

    exit_code = 4


class Session:
    """One call of the command line."""

    def __init__(self, explicit: Path | None) -> None:
        self._explicit = explicit
        self._clients: dict[str, PanelClient] = {}
        #: The daemon writes its own log; any other command tells only what went wrong.
        self.is_daemon = False
        self._logs = False

    @cached_property
    def config(self) -> Config:
        """The config; ConfigError with every fault when it is wrong."""
        from tracker.config.loader import find, load

        return load(find(self._explicit, os.environ), os.environ)

    @cached_property
    def db(self) -> Database:
        """The database, open and up to date, for a command that may log what goes wrong."""
        self._log_only_faults()
        return self._opened

    @cached_property
    def view(self) -> Database:
        """The same for a command that only shows what is there.

        It logs nothing but a crash, and importing what writes the logs would slow its start by a quarter.
        """
        if not self._logs:
            sys.excepthook = self._log_crash
        return self._opened

    @cached_property
    def _opened(self) -> Database:
        self._unopened.open()
        return self._unopened

    @cached_property
    def _unopened(self) -> Database:
        from tracker.store.database import Database

        return Database(self.config.database, [target.subscription for target in self.config.alerts])

    def _log_only_faults(self) -> None:
        """Set up the log of a command, once; the daemon has its own."""
        if self.is_daemon or self._logs:
            return
        self._logs = True
        from tracker.lib.logs import setup
        from tracker.lib.redaction import redact

        for secret in self.secrets():
            redact(secret)
        setup("warning", "auto")

    def _log_crash(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._log_only_faults()
        sys.excepthook(kind, error, trace)

    def warn(self) -> None:
        """Print what the config does that is allowed but unwise."""
        for warning in self.config.warnings:
            click.echo(f"Warning: {warning}", err=True)

    def secrets(self) -> list[str]:
        """Return every secret of the config, to be kept out of the logs."""
        keys = [panel.key.reveal() for panel in self.config.panels.values()]
        urls = [target.url.reveal() for target in self.config.alerts]
        password = urlsplit(self.config.database).password
        urls += [self.config.database, unquote(password), password] if password else []
        return keys + urls + ([self.config.heartbeat.reveal()] if self.config.heartbeat else [])

    def panel(self, name: str | None) -> PanelConfig:
        """Return a panel's config; the only one when no name is given."""
        panels = self.config.panels
        if name is None and len(panels) == 1:
            return next(iter(panels.values()))
        if name is None:
            raise Refused(f"which panel? Add --panel and one of: {', '.join(panels)}")
        if name not in panels:
            raise Refused(f"the config has no panel {name!r}; it has: {', '.join(panels)}")
        return panels[name]

    def panels(self, name: str | None) -> list[PanelConfig]:
        """Return one panel, or all of them when no name is given."""
        return list(self.config.panels.values()) if name is None else [self.panel(name)]

    def reserved(self) -> dict[str, frozenset[str]]:
        """Return the form fields of each panel that tracker fills in itself."""
        return {name: panel.dialect.reserved for name, panel in self.config.panels.items()}

    def client(self, panel: PanelConfig) -> PanelClient:
        """Return the client of a panel."""
        from tracker.panel.client import ApiKey, CallLimits, PanelClient

        self._log_only_faults()
        if panel.name not in self._clients:
            self._clients[panel.name] = PanelClient(
                panel.url,
                ApiKey(panel.key.reveal(), panel.dialect.key_field),
                CallLimits(panel.timeout, panel.add_timeout, panel.calls_per_second, panel.connections),
                self._unopened.bucket(panel.name),
            )
        return self._clients[panel.name]

    def context(self, panel: PanelConfig) -> PanelContext:
        """Return what the passes of one panel need, for a single run of one."""
        from tracker.daemon.context import PanelContext

        config = self.config
        return PanelContext(panel, config.schedule, config.unknown, self.client(panel), self.db)

    def order(self, name: str) -> Order:
        """Find an order by its local id or its ref; `id:7` and `ref:7` say which is meant."""
        from tracker.store import orders

        kind, _, rest = name.partition(":")
        if kind == "id" and rest.isdecimal():
            return self._found(orders.by_id(self.view, int(rest)), name)
        by_ref = orders.by_ref(self.view, rest if kind == "ref" else name)
        by_id = orders.by_id(self.view, int(name)) if name.isdecimal() and len(name) < 19 else None
        if by_ref and by_id and by_ref.id != by_id.id:
            raise Refused(
                f"{name} is the id of one order and the ref of another; write id:{name} or ref:{name}"
            )
        return self._found(by_ref or by_id, name)

    def _found(self, order: Order | None, name: str) -> Order:
        if order is None:
            raise NoSuchOrder(f"there is no order {name}; `tracker list` shows what there is")
        return order

    def close(self) -> None:
        """Close what was opened."""
        for client in self._clients.values():
            client.close()
        if "_opened" in self.__dict__:
            self._opened.close()
