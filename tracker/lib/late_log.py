"""The log of what seldom logs, and must not slow the start of a command that only shows something.

structlog takes 40 ms to import. Who has not set up the log yet does so before the first line: without that, structlog
would write to stdout, amid what the command prints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_setups: list[Callable[[], None]] = []


def set_up_late(setup: Callable[[], None]) -> None:
    """Have this set up the log when the first line is to be written; the last one counts."""
    _setups[:] = [setup]


def late_logger(name: str) -> Any:
    """Return structlog's logger of a module, with the log set up."""
    import structlog

    if _setups and not structlog.is_configured():
        _setups.pop()()
    return structlog.get_logger(name)
