"""Turns failures into one plain sentence and an exit code; a bug too, unless its traceback is asked for."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from tracker.cli.terminal import screen
from tracker.config.faults import ConfigError
from tracker.lib.system_errors import in_words
from tracker.lib.trust import TrustFault
from tracker.operations.refused import Refused
from tracker.store.database import StorageFault

FAILED, WRONG_USAGE, WRONG_CONFIG = 1, 2, 78

SHOW_ALL = "TRACKER_TRACEBACK"
"""A variable that, when it is set, lets a bug show its traceback."""


def explain(error: Exception) -> int | None:
    """Print what went wrong and return the exit code; None for a bug whose traceback is wanted."""
    match error:
        case ConfigError():
            lines, code = [str(fault) for fault in error.faults], WRONG_CONFIG
        case TrustFault():
            lines, code = [f"Error: {error}"], WRONG_CONFIG
        case Refused():
            lines, code = [f"Error: {error}"], WRONG_USAGE
        case StorageFault():
            lines, code = [f"Error: {error}"], FAILED
        case UnicodeEncodeError() if error.reason == "surrogates not allowed":
            lines, code = ["Error: an argument is not UTF-8 text"], WRONG_USAGE
        case OSError() if error.errno is not None:
            lines, code = [f"Error: {in_words(error)}"], FAILED
        case MemoryError():
            lines, code = ["Error: this machine has no memory left: close other programs"], FAILED
        case _ if os.environ.get(SHOW_ALL):
            return None
        case _:
            lines, code = [_bug(error)], FAILED
    for line in lines:
        screen.say(line, err=True)
    return code


def _bug(error: Exception) -> str:
    """Name a bug without its text, which may hold anything, and say how to report it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"Error: tracker has met a fault of its own ({type(error).__name__} in {Path(last.filename).name}, line "
        f"{last.lineno}). Please report it, with what the same command prints after `export {SHOW_ALL}=1`"
    )
