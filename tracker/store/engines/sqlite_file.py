"""The file of a SQLite database: by which path it is reached, and whether that path still leads to it.

SQLite finds `-wal` and `-shm` by the name of the file, and tracker its own side files too. Whoever comes by another
name sees none of them: two daemons could work on one file, and each would pay for the same orders.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from tracker.lib.owners import give_to_folders_owner, whose_sentence
from tracker.store import side_files
from tracker.store.engines.engine import ReplacedFault, StorageFault
from tracker.store.engines.restore_plan import finish
from tracker.store.engines.wal_owner import is_overwritten, refuse_foreign_wal

PARTS = ("", "-wal", "-shm")
"""What SQLite keeps on the disk: the file, and the two beside it that live as long as the daemon does."""

SMALLEST = 512
"""Bytes of the smallest database (sqlite.org/fileformat2.html, 1.3.2). SQLite would write over a shorter file."""

MOUNTS = Path("/proc/self/mountinfo")

WHAT_NOW = (
    "Nothing is sent, and no command changes anything, until the daemon is stopped: it then leaves a copy of all that "
    "it knew beside the database, as `.replaced-…`. Put the right file in place before the next start"
)


BY_THIS_DAEMON = f"while this daemon worked on it. {WHAT_NOW}"
"""When it happened and what to do, where `watch` is told nothing else."""


def identity(path: Path | str) -> str | None:
    """Return what tells a file from every other one on this machine; None when there is none that can be reached."""
    try:
        return _name_of(os.stat(path))  # noqa: PTH116  before each add
    except OSError:
        return None


def _name_of(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}"


class DatabaseFile:
    """One database file. While a daemon works on it, `change` tells what has become of it; also a `Lease`."""

    def __init__(self, given: Path) -> None:
        self._given = given
        #: The path without symbolic links.
        self.path = Path(os.path.realpath(given))
        self._prepared: str | None = None
        self._open: tuple[str | None, ...] = ()
        self._advice = BY_THIS_DAEMON
        #: What the file was last changed by was SQLite: when that was, and the size since then.
        self._own: tuple[int, int] | None = None

    def beside(self, suffix: str) -> Path:
        """Return the path of a file beside the database."""
        return Path(f"{self.path}{suffix}")

    def beside_link(self, suffix: str) -> Path | None:
        """Return where an older tracker kept such a file, beside the symbolic link; None when that is the same."""
        old = f"{self._given}{suffix}"
        return None if os.path.realpath(old) == f"{self.path}{suffix}" else Path(old)

    def prepare(self) -> None:
        """Create the file if it does not exist; StorageFault when it may not be used by this path."""
        _refuse_unreachable(self.path)
        self._refuse_replaced()
        finish(self.path)
        refuse_foreign_wal(self.path)
        if identity(self.path) is None:
            _create(self.path)
        _refuse_unsafe(self.path)
        self._prepared = identity(self.path)

    def is_readable(self) -> bool:
        """Tell whether there is a file with anything in it; StorageFault when it may not be used by this path."""
        self._refuse_replaced()
        refuse_foreign_wal(self.path)
        if identity(self.path) is None:
            return False
        _refuse_unsafe(self.path)
        return self.path.stat().st_size > 0

    # -- while a daemon works on it -----------------------------------------------------------------------

    def watch(self, advice: str = BY_THIS_DAEMON) -> None:
        """Remember which file is open, and which are beside it; there must be an open connection that has read.

        `advice` is how the sentence of `refuse_change` goes on.
        """
        self._advice = advice
        self._open = tuple(identity(self.beside(part)) for part in PARTS)
        if self._prepared not in (None, self._open[0]):
            raise StorageFault(f"{self.path} was replaced while tracker started; start it again")

    def names(self) -> str:
        """Return the identities of what is open, or would be opened now, as the lock file keeps them."""
        return " ".join(one for one in self._open or (identity(self.path),) if one)

    def change(self) -> str | None:
        """Say what has become of the file since `watch`; None when its path still leads to it, or it is not watched."""
        for part, known in zip(PARTS, self._open, strict=False):
            if (found := identity(f"{self.path}{part}")) != known:
                return _difference(f"{self.path}{part}", found)
        if self._open and (found := identity(self._given)) != self._open[0]:
            return _difference(str(self._given), found)
        return f"{self.path} was overwritten by another program" if self.is_overwritten() else None

    def refuse_change(self) -> None:
        """Raise ReplacedFault when the path no longer leads to the watched file: what is written there may be lost."""
        if (change := self.change()) is not None:
            raise ReplacedFault(f"{change} {self._advice}")

    def is_overwritten(self) -> bool:
        """Tell whether another program wrote over the watched file in place, as `cp` does: its inode is the same."""
        try:
            found = os.stat(self.path)  # noqa: PTH116  before each add
        except OSError:
            return False
        stamp = found.st_ctime_ns, found.st_size
        if not self._open or stamp == self._own or _name_of(found) != self._open[0]:
            return False
        if found.st_size < SMALLEST or is_overwritten(self.path):
            return True
        self._own = stamp
        return False

    def holds(self) -> bool:
        """Tell whether the path still leads to the file that is open: what is written there is not lost."""
        return self.change() is None

    def is_confirmed(self) -> bool:
        """Tell the same: it is looked up each time."""
        return self.holds()

    def is_wal_foreign(self) -> bool:
        """Tell whether another file has taken the place of the open `-wal`."""
        return len(self._open) > 1 and identity(self.beside("-wal")) not in (None, self._open[1])

    # -- before it is opened ------------------------------------------------------------------------------

    def _refuse_replaced(self) -> None:
        """Raise ReplacedFault when a daemon still works on a file that is no longer here.

        To open the new one would mix it with what the daemon keeps in `-wal`.
        """
        lock = self.beside(".lock")
        process, *known = _words(lock)
        here = [identity(self.beside(part)) for part in PARTS]
        gone = [part for part, one, now in zip(PARTS, known, here, strict=False) if one != now]
        if gone and is_locked(lock):
            raise ReplacedFault(
                f"{self.beside(gone[0])} was replaced, deleted or moved while the daemon (process {process}) "
                f"worked on it. {WHAT_NOW}"
            )


def is_locked(path: Path) -> bool:
    """Tell whether a process holds the lock of a side file."""
    with suppress(OSError):
        file = side_files.open_to_read(path)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
    return False


def _words(lock: Path) -> list[str]:
    """Return what a lock file says: the process, and what it has open. An older tracker wrote the process only."""
    with suppress(OSError):
        return side_files.read(lock).decode(errors="replace").split() or [""]
    return [""]


def _difference(path: str, found: str | None) -> str:
    return f"{path} was deleted or moved" if found is None else f"{path} was replaced by another file"


def _refuse_unreachable(path: Path) -> None:
    """Raise StorageFault when this user may not enter the folder: nothing there would be what it seems."""
    try:
        os.stat(path)  # noqa: PTH116  tells what cannot be reached from what is missing
    except PermissionError as error:
        what = whose_sentence(path) or "check the owner and mode of its folder"
        raise StorageFault(f"{path}: {error.strerror}; {what}") from None
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise StorageFault(f"{path}: {error.strerror}; check `database:` in the config") from None


def _create(path: Path) -> None:
    """Create the file, readable by its owner only; SQLite gives its side files the same mode."""
    try:
        # Never on a file that exists: closing it would take away the locks that SQLite holds on it in this process.
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        what = whose_sentence(path) or "check `database:` in the config, and the folder's owner"
        raise StorageFault(f"{path}: {error.strerror}; {what}") from None
    give_to_folders_owner(file, path)
    os.close(file)


def _refuse_unsafe(path: Path) -> None:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise StorageFault(f"{path}: it is not a file; check `database:` in the config")
    if found.st_nlink > 1:
        raise StorageFault(
            f"{path} has another name (a hard link): by each name a daemon could work on it, and pay for the same "
            f"orders. Find the other one with `find / -xdev -samefile {path}` and remove it; a symbolic link is fine"
        )
    if 0 < found.st_size < SMALLEST:  # not by its content: closing a descriptor takes SQLite's locks away
        raise StorageFault(f"{path} is not a database, but another file; check `database:` in the config")
    if str(path) in _mount_points():
        raise StorageFault(
            f"{path} is mounted alone, without the files beside it: a daemon outside would not be seen, and would pay "
            f"for the same orders. Instead, mount its folder, {path.parent}: -wal and -shm must lie beside it"
        )


def _mount_points() -> set[str]:
    try:
        lines = MOUNTS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return set()
    return {re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split(" ")[4]) for line in lines}
