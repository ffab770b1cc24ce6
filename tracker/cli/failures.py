"""Turns failures that are expected into one plain sentence and an exit code."""

from __future__ import annotations

import click

from tracker.config.faults import ConfigError
from tracker.lib.trust import TrustFault
from tracker.store.database import StorageFault

FAILED, WRONG_USAGE, WRONG_CONFIG = 1, 2, 78


def explain(error: Exception) -> int | None:
    """Print what went wrong and return the exit code; None for what is not expected: a bug."""
    match error:
        case ConfigError():
            lines, code = [str(fault) for fault in error.faults], WRONG_CONFIG
        case TrustFault():
            lines, code = [f"Error: {error}"], WRONG_CONFIG
        case StorageFault():
            lines, code = [f"Error: {error}"], FAILED
        case UnicodeEncodeError() if error.reason == "surrogates not allowed":
            lines, code = ["Error: an argument is not UTF-8 text"], WRONG_USAGE
        case OSError() if error.filename:
            lines, code = [f"Error: {error.filename}: {error.strerror}"], FAILED
        case _:
            return None
    for line in lines:
        click.echo(line, err=True)
    return code
