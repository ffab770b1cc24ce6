"""The config file as typed values: defaults, places of faults, secrets. Its keys are fixed by the contract."""

from __future__ import annotations

from tracker.lean import hidden

with hidden("typing_extensions"):  # msgspec looks there first for what the standard library has as well
    import msgspec  # noqa: F401

from tracker.config.faults import ConfigError, Fault, Place
from tracker.config.files import find, load, parse
from tracker.config.values import (
    BalanceWatch,
    Config,
    Log,
    Panel,
    Retention,
    Schedule,
    Secret,
    Target,
    Unknown,
)

__all__ = [
    "BalanceWatch",
    "Config",
    "ConfigError",
    "Fault",
    "Log",
    "Panel",
    "Place",
    "Retention",
    "Schedule",
    "Secret",
    "Target",
    "Unknown",
    "find",
    "load",
    "parse",
]
