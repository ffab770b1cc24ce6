"""The command that a service starts: where it is, and whether the service's user can reach it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

HIDDEN = tuple(Path(folder) for folder in ("/home", "/root", "/run/user"))
"""Folders that the unit keeps out of the daemon's sight: ProtectHome=."""

NAME = "tracker"


def this_command() -> Path:
    """Return the command that runs now, without links: an upgrade may make a new one at the same place."""
    called = Path(sys.argv[0])
    beside = Path(sys.executable).parent / NAME
    found = called if called.name == NAME and called.is_file() else beside
    if not found.is_file():
        found = Path(shutil.which(NAME) or beside)
    return Path(os.path.realpath(found))


def reach_fault(command: Path) -> str | None:
    """Say why the user of a service could not start a command, and what to do; None when it could."""
    package = [Path(__file__)] if command == this_command() else []
    for path in (command, *_interpreter(command), *package):
        real = Path(os.path.realpath(path))
        hidden = next((folder for folder in HIDDEN if real.is_relative_to(folder)), None)
        if hidden is not None:
            return f"{real} is below {hidden}, which the service does not see"
        if not _has(real, stat.S_IROTH if path in package else stat.S_IXOTH):
            return f"other users may not read {real}"
        for part in real.parents:
            if not _has(part, stat.S_IXOTH):
                return f"only the owner of {part} can reach {real}"
    return None


def _interpreter(command: Path) -> list[Path]:
    """Return what the first line of a script names."""
    try:
        with command.open("rb") as script:
            first = script.readline(1024)
    except OSError:
        return []
    words = first[2:].split() if first.startswith(b"#!") else []
    return [Path(os.fsdecode(words[0]))] if words else []


def _has(path: Path, bit: int) -> bool:
    """Tell whether all users have a right to a file or folder."""
    try:
        return bool(path.stat().st_mode & bit)
    except OSError:
        return False
