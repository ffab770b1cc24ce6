"""Tells whether a process of this machine is still the one that it was; a process id is used again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def identity(pid: int) -> str | None:
    """Return what only this process has: the machine's boot, the space of process ids, its start. None if unknown."""
    with suppress(OSError, ValueError, IndexError):
        # The name of the program, in parentheses, may hold anything; the start is 20th after it.
        state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return None if state in "ZX" else f"{_space()}/{fields[18]}"
    return None


def is_gone(pid: int, known: str | None) -> bool:
    """Tell whether the process of this identity has ended for certain; False where that cannot be told from here."""
    if known is None or known.rpartition("/")[0] != _space():
        return False  # it ran on another machine, before a restart, or in another container
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # somebody else's
    return (PROC / str(pid) / "stat").exists() and identity(pid) != known


def is_running(pid: int, known: str | None) -> bool:
    """Tell whether the process of this identity runs for certain, or stands still; False where that cannot be told."""
    return known is not None and identity(pid) == known


def _space() -> str:
    """Return what the process ids that are seen here belong to."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""
