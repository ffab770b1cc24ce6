"""What the commands share: the config, the database and the log, each made when it is first needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import tzinfo
from functools import cached_property, partial, wraps
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

import click

from tracker.cli.terminal import screen
from tracker.config.faults import ConfigError, Fault
from tracker.config.kinds import Secret
from tracker.config.loader import find, load
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config
from tracker.config.structs import Struct
from tracker.lib import moments
from tracker.lib.clock import now
from tracker.lib.late_log import set_up_late
from tracker.lib.rate_limit import Bucket
from tracker.operations.drafts import When
from tracker.store import renames
from tracker.store.database import Database

P = ParamSpec("P")
R = TypeVar("R")


class Refused(click.ClickException):
    """Input that is refused: exit code 2."""

    exit_code = 2


def full_stop(fault: str) -> str:
    """End a fault, so that another sentence can follow; one may end with a question already."""
    return fault if fault.endswith("?") else f"{fault}."


class Session:
    """One call of the command line."""

    def __init__(self, explicit: Path | None) -> None:
        self._explicit = explicit
        self._has_log = False
        self._zone: tzinfo | None = None
        self._former: dict[str, frozenset[str]] = {}
        self._opened_here = ExitStack()

    @cached_property
    def config(self) -> Config:
        """The config; ConfigError with every fault when it is wrong."""
        return load(self._file, os.environ)

    @cached_property
    def _file(self) -> Path:
        return find(self._explicit, os.environ, lambda note: screen.say(f"Note: {note}.", err=True))

    def check_alert_urls(self) -> None:
        """Read the config with a look at its alert URLs too; ConfigError lists all that is wrong."""
        from tracker.alerts.channels.sender import fault_in

        _refuse_broken_trust()
        self.config = load(self._file, os.environ, fault_in)
        _refuse_wrong_orders(self.config)
        _refuse_missing_parts(self.config)

    def read_again(self) -> Config:
        """Read the file of the config anew, for a daemon; its secrets are kept out of the logs from now on."""
        from tracker.alerts.channels.sender import fault_in

        _refuse_broken_trust()
        config = load(self.config.path, os.environ, fault_in)
        _refuse_wrong_orders(config)
        _refuse_missing_parts(config)
        _hide_secrets(config)
        self._zone = config.timezone
        return config

    @cached_property
    def db(self) -> Database:
        """The database, open and up to date, for a command that may log what goes wrong."""
        self.log_warnings()
        return self._opened

    @cached_property
    def view(self) -> Database:
        """The same database, for a command that only shows.

        It logs nothing but a crash, and importing what writes the logs would slow its start by a quarter.
        """
        if not self._has_log:
            sys.excepthook = self._log_crash
            set_up_late(self.log_warnings)
        return self._opened

    @cached_property
    def untouched(self) -> Database | None:
        """The same database, for a command that must change nothing; None while there is none."""
        if not self._unopened.open_to_read():
            return None
        self._opened_here.callback(self._unopened.close)
        return self._unopened

    @property
    def closed_db(self) -> Database:
        """The same database, for a command that must not open it."""
        return self._unopened

    @cached_property
    def _opened(self) -> Database:
        self._unopened.open()
        self._opened_here.callback(self._unopened.close)
        return self._unopened

    @cached_property
    def _unopened(self) -> Database:
        return Database(self.config.database, [target.subscription for target in self.config.alerts])

    def log(self, level: str, format: str) -> None:  # noqa: A002 - the config's own word
        """Set up the log, without secrets. The first call decides: the daemon's own log stays as it is."""
        if self._has_log:
            return
        self._has_log = True
        # Here, because structlog takes 40 ms to import, and a command that only shows logs nothing but a crash.
        from tracker.cli.terminal import sentences
        from tracker.lib.logs import setup, tell_with

        self._zone = self.config.timezone
        tell_with(lambda event, colors: sentences.line(event, colors, self._zone))
        _hide_secrets(self.config)
        setup(level, format)

    def log_warnings(self) -> None:
        """Set up the log of a command other than the daemon: only what goes wrong."""
        self.log("warning", "auto")

    def _log_crash(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.log_warnings()
        sys.excepthook(kind, error, trace)

    def warn(self) -> None:
        """Print what the config does that is allowed but unwise."""
        for warning in self.config.warnings:
            screen.say(f"Warning: {warning}", err=True)

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

    @cached_property
    def when(self) -> When:
        """Reads points in time that the user has written, in the config's zone; those to come, from now on."""
        return partial(moments.read_coming, now=now(), zone=self.config.timezone)

    def former_names(self, panel: str) -> frozenset[str]:
        """Return the names under which orders of a panel may stand in the queue."""
        if panel not in self._former:
            self._former[panel] = renames.former_names(self.db, panel, self.config.panels)
        return self._former[panel]

    def bucket(self, panel: str) -> Bucket:
        """Return the rate limit that all processes on this database share for a panel; it needs no open database."""
        return self._unopened.bucket(panel)

    def close_at_end(self, close: Callable[[], None]) -> None:
        """Call `close` when the command ends."""
        self._opened_here.callback(close)

    def close(self) -> None:
        """Close what was opened, the newest first."""
        self._opened_here.close()


def _refuse_broken_trust() -> None:
    """Raise ConfigError when the environment names certificates to trust that cannot be used."""
    from tracker.lib import trust

    wrong = trust.fault(os.environ) or trust.fault_for_alerts(os.environ)
    if wrong is not None:
        raise ConfigError([Fault("environment", None, "", wrong)])


def _refuse_wrong_orders(config: Config) -> None:
    """Raise ConfigError when the config has recurring orders that nobody could queue: only a log would tell of it."""
    if not config.recurring:
        return
    from tracker.operations.recurring import faults_of

    if faults := [
        Fault(str(config.path), None, f"recurring.{name}", what) for name, what in faults_of(config)
    ]:
        raise ConfigError(faults)


def _refuse_missing_parts(config: Config) -> None:
    """Raise ConfigError when the config asks for what is not installed."""
    if config.web is None:
        return
    try:
        import tracker.web.serving  # noqa: F401 - it is only tried
    except ModuleNotFoundError as missing:
        what = f"the page needs {missing.name}, which is not installed: install '.[web]' instead of '.'"
        raise ConfigError([Fault(str(config.path), None, "web", what)]) from None


def secrets_of(config: Config) -> list[str]:
    """Return every secret of a config, to be kept out of the logs."""
    password = urlsplit(config.database).password
    urls = [config.database, unquote(password), password] if password else []
    return [*(secret.reveal() for secret in _secrets(config)), *urls]


def _secrets(value: object) -> Iterator[Secret]:
    """Yield every secret of a part of the config, however deep it lies."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _secrets(one)


def _hide_secrets(config: Config) -> None:
    from tracker.lib.redaction import register_secret

    for secret in secrets_of(config):
        register_secret(secret)


def pass_session(command: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Give a command its session, which ends with it. Commands without one start without config and database."""

    @wraps(command)
    def with_session(*args: P.args, **options: P.kwargs) -> R:
        with closing(Session(click.get_current_context().find_root().params["config"])) as session:
            return command(session, *args, **options)

    return with_session
