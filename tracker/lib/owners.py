"""Whose files are whose: root must leave no file behind that a service cannot open."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path


def give_to_folders_owner(file: int, path: Path) -> None:
    """Give a file that root has open, and that is root's, to the owner of its folder; any other file stays as it is.

    By the descriptor: whoever owns the folder could put a link in the place of the name.
    """
    if os.geteuid() != 0 or os.fstat(file).st_uid != 0:
        return
    with suppress(OSError):
        owner = path.parent.stat()
        if owner.st_uid != 0:
            os.fchown(file, owner.st_uid, owner.st_gid)


def give_new(path: Path) -> None:
    """Give a file or folder that was just made to the owner of the folder that it is in, as above."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give_to_folders_owner(file, path)
    finally:
        os.close(file)


def home_of(folder: Path, home: str | None) -> Path | None:
    """Return the home folder that `~` means in a file of a folder: for root, the one of the folder's owner."""
    if os.geteuid() == 0:
        with suppress(OSError, KeyError):
            owner = folder.stat().st_uid
            if owner != 0:
                return Path(pwd.getpwuid(owner).pw_dir)
    return Path(home) if home else None


def whose_sentence(path: Path) -> str:
    """Say as which user to run a command that may not use a file; empty where another user would change nothing.

    The path need not exist: the nearest folder above it that can be seen tells.
    """
    me = os.geteuid()
    owner = _owner(path)
    if me == 0 or owner is None or owner == me:
        return ""
    if _owner(path.absolute().parent) == me:
        return f"it belongs to {user_name(owner)}: as root, run `chown {user_name(me)} {path}`"
    return f"it belongs to {user_name(owner)}: run {sudo(owner)}"


def sudo(owner: int) -> str:
    """Return how a command is run as a user."""
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = "root"
    return "`sudo tracker …`" if name == "root" else f"`sudo -u {name} tracker …`"


def user_name(owner: int) -> str:
    """Return the name of a user, or the number of one that has none."""
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"user {owner}"


def _owner(path: Path) -> int | None:
    """Return the owner of a file, or of the nearest folder above it that can be seen."""
    for place in (path, *path.absolute().parents):
        with suppress(OSError):
            return place.stat().st_uid
    return None
