"""Reads the config again while the daemon runs, and says what a reload changes and what it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.config.difference import changed_keys
from tracker.config.faults import ConfigError
from tracker.config.settings import Config
from tracker.config.structs import replace

NEEDS_RESTART = ("database",)
"""Keys that stay as they are until the daemon is started again: its open orders are in the database."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """A config that may take the place of the one in force."""

    config: Config
    #: The keys that take effect, and those that need a restart.
    changed: tuple[str, ...]
    needs_restart: tuple[str, ...]
    #: The alert targets that lead elsewhere than before.
    moved_targets: tuple[str, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a command is answered, as JSON values."""
        return {"changed": self.changed, "needs_restart": self.needs_restart, "faults": ()}


@dataclass(frozen=True, slots=True)
class NotReloaded:
    """Why the config stays as it is: one sentence for each fault, with its place."""

    faults: tuple[str, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What a command is answered, as JSON values."""
        return {"changed": (), "needs_restart": (), "faults": self.faults}


def read_again(before: Config, read: Callable[[], Config]) -> Reloaded | NotReloaded:
    """Read the config, and compare it with the one in force."""
    try:
        after = read()
    except ConfigError as error:
        return NotReloaded(tuple(str(fault) for fault in error.faults))
    keys = changed_keys(before, after)
    kept = {key: getattr(before, key) for key in NEEDS_RESTART}
    return Reloaded(
        replace(after, **kept),
        tuple(key for key in keys if key not in NEEDS_RESTART),
        tuple(key for key in keys if key in NEEDS_RESTART),
        tuple(_moved(before, after)),
    )


def _moved(before: Config, after: Config) -> Iterator[str]:
    known = {target.name: target.destination for target in before.alerts}
    return (one.name for one in after.alerts if known.get(one.name, one.destination) != one.destination)
