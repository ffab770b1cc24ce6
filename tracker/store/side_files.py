"""Opens the small files beside a database: the lock, the epoch, the rate limit, and parts of copies.

Whoever may write the folder could plant a link at such a name, and what tracker writes would overwrite the link's
target. So a side file is never opened through a symbolic link, must be a plain file with one name, and is
changed by its descriptor alone. What root makes there belongs to the folder's owner, or the daemon could not open it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from tracker.lib.owners import give_to_folders_owner

MAX_BYTES = 1 << 20
"""Bytes of a side file that are read."""

PAGE = 4096
"""Bytes that are read at first: room for a whole megabyte is dear where a few lines are looked at often."""

_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Opening a pipe that someone planted must not wait for its other end."""


def open_or_create(path: Path) -> int:
    """Open a side file to read and write, and create it if need be; OSError when it is not a plain file of ours."""
    return _open(path, os.O_RDWR | os.O_CREAT)


def open_to_read(path: Path) -> int:
    """Open a side file to read; OSError when it is missing, or not a plain file of ours."""
    return _open(path, os.O_RDONLY)


def read(path: Path) -> bytes:
    """Return what is in a side file; OSError when it is missing, or not a plain file of ours."""
    file = open_to_read(path)
    try:
        return content(file)
    finally:
        os.close(file)


def content(file: int) -> bytes:
    """Return what is in an open side file."""
    found = os.pread(file, PAGE, 0)
    return found if len(found) < PAGE else os.pread(file, MAX_BYTES, 0)


def overwrite(file: int, text: bytes, length: int = MAX_BYTES) -> None:
    """Replace what is in an open side file; `length` is the length of that, where it is known."""
    os.pwrite(file, text, 0)
    if len(text) < length:
        os.ftruncate(file, len(text))


def replace(path: Path, text: bytes) -> None:
    """Write a side file anew: whoever reads it sees the old content or the new, also after a power loss."""
    part = path.with_name(f"{path.name}.part")
    file = create_new(part)
    try:
        os.write(file, text)
        os.fsync(file)
    finally:
        os.close(file)
    part.replace(path)


def create_new(path: Path) -> int:
    """Create a file that only its owner may read, in place of what has its name; return its descriptor."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
    give_to_folders_owner(file, path)
    return file


def _open(path: Path, flags: int) -> int:
    try:
        file = os.open(path, flags | _FLAGS, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link; remove it", str(path)) from None
        raise
    try:
        _check(file, path)
    except OSError:
        os.close(file)
        raise
    return file


def _check(file: int, path: Path) -> None:
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file; remove it", str(path))
    if found.st_nlink > 1:
        raise OSError(errno.EMLINK, "it is a hard link to another file; remove it", str(path))
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
        os.fchmod(file, 0o600)
    give_to_folders_owner(file, path)
