"""Files that only their owner may read, and the repository that must not take them in."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tracker.lib.owners import give_to_folders_owner

KEYS = "*.key"


def write_private(path: Path, text: str, force: bool) -> None:
    """Write a file that only its owner can read; with `force`, it replaces an existing file in one step."""
    target = path.with_name(f".{path.name}.{os.getpid()}.new") if force else path
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        give_to_folders_owner(handle, target)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if force:
            target.replace(path)
    except OSError:
        target.unlink()
        raise


def belongs_to_service(folder: Path) -> bool:
    """Tell whether root works in a folder of somebody else, who is to read what is in it."""
    return os.geteuid() == 0 and folder.is_dir() and folder.stat().st_uid != 0


def close_to_others(path: Path) -> None:
    """Give a file of root's to the owner of the folder that it is in, alone; never what a link leads to."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid == 0:
            give_to_folders_owner(file, path)
            os.fchmod(file, 0o600)
    finally:
        os.close(file)


def keep_keys_out_of_git(folder: Path) -> Path | None:
    """Add `*.key` to the .gitignore of a folder that lies in a repository; return the file if it was written."""
    inside = [folder.absolute(), *folder.absolute().parents]
    root = next((one for one in inside if (one / ".git").exists()), None)
    if root is None or any(_ignores_keys(one) for one in inside[: inside.index(root) + 1]):
        return None
    file = folder / ".gitignore"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    gap = "" if not before or before.endswith("\n") else "\n"
    with file.open("a", encoding="utf-8") as out:
        out.write(f"{gap}{KEYS}\n")
    return file


def _ignores_keys(folder: Path) -> bool:
    try:
        return KEYS in (folder / ".gitignore").read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return False
