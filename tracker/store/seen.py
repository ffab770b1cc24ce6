"""What the last daemon saw of a SQLite database: kept in `.seen` beside it, and compared when the file is opened again.

It tells a file that was replaced, put back or deprived of its `-wal` from the one that was used here. Only what a run
begins with is synced: a power loss may take the rest, and replaces no file by another one.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tracker.lib.late_log import late_logger
from tracker.store import side_files

LENGTH = 256
"""Bytes that are written, always in the same place and in one go: whoever is killed leaves the old text or the new."""

WAL_HEADER, SALTS = 32, slice(16, 24)
"""Bytes of the header of a `-wal`, and where in it two numbers are that change whenever SQLite begins it anew."""

NO_RUN = "-"
"""What stands for the run of an older tracker."""

LARGEST = 1 << 53
"""Numbers in side files are below this; a larger one is damage."""


class Seen(NamedTuple):
    """What a daemon saw last."""

    #: The inodes of the database and of its `-wal`.
    file: int
    wal: int = 0
    #: The salts of the `-wal`, and the lowest epoch that the file itself, without the `-wal`, can have had since then.
    salts: str = ""
    floor: int = 0
    epoch: int = 0
    #: The run that the file itself told of when the daemon began, and the daemon's own; empty when they are not known.
    runs: str = ""


class Reached(NamedTuple):
    """How far this process has brought a database: what says less is not what this process has written."""

    number: int = 0
    #: The name that its run has; None before it has begun one.
    run: str | None = None


class SeenFile:
    """The file `.seen` of one database. One thread of the daemon at a time writes to it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = Path(f"{database}.seen")
        self._seen: Seen | None = None
        self._has_failed = False
        self._is_begun = False
        self.reached = Reached()

    def read(self) -> Seen | None:
        """Return what the last daemon saw; None when that is not known."""
        with suppress(OSError, ValueError, TypeError):
            text = side_files.read(self._path)
            seen = Seen(**json.loads(text if len(text) <= LENGTH else ""))
            numbers = (seen.file, seen.wal, seen.epoch + 1, seen.floor + 1)
            if all(type(number) is int and number >= 0 for number in numbers):
                return seen if max(numbers[2:]) < LARGEST and isinstance(seen.runs, str) else None
        return None

    def begin(self, floor: int, runs: str = "") -> None:
        """Start anew with the files that are open now, the epoch in the file itself, and the runs as `runs_text`."""
        wal = Path(f"{self._database}-wal")
        self._seen = Seen(inode(self._database), inode(wal), wal_salts(wal), floor, floor, runs)
        self._is_begun = False

    def note_epoch(self, number: int) -> None:
        """Note that the epoch was raised. A `-wal` is begun anew only when all in the old one is in the file itself."""
        if self._seen is None:
            return
        salts = wal_salts(Path(f"{self._database}-wal"))
        floor = self._seen.floor if salts == self._seen.salts else self._seen.epoch
        self._write(self._seen._replace(salts=salts, floor=floor, epoch=number))

    def _write(self, seen: Seen) -> None:
        self._seen = seen
        text = json.dumps(seen._asdict()).encode().ljust(LENGTH - 1) + b"\n"
        try:
            file = side_files.open_or_create(self._path)
            try:
                os.pwrite(file, text, 0)
                os.ftruncate(file, len(text))
                if not self._is_begun:
                    os.fsync(file)
                self._is_begun = True
            finally:
                os.close(file)
        except OSError as error:
            with suppress(OSError):
                self._path.unlink()  # what an older run saw would speak against the file of this one
            self._warn(error)
        else:
            self._has_failed = False

    def _warn(self, error: OSError) -> None:
        """Say once that it cannot be written: sending goes on, because the database itself knows all."""
        if not self._has_failed:
            log = late_logger(__name__)
            log.warning("seen.write_failed", file=str(self._path), why=str(error.strerror))
        self._has_failed = True


def runs_text(*runs: str | None) -> str:
    """Return names of runs as `Seen` has them: an older tracker named none."""
    return " ".join(run or NO_RUN for run in runs)


def inode(path: Path) -> int:
    """Return the inode of a file; 0 when there is none."""
    with suppress(OSError):
        return path.stat().st_ino
    return 0


def wal_salts(wal: Path) -> str:
    """Return what changes in a `-wal` whenever it is begun anew; empty when it holds nothing."""
    with suppress(OSError):
        file = side_files.open_to_read(wal)
        try:
            header = os.pread(file, WAL_HEADER, 0)
        finally:
            os.close(file)
        return header[SALTS].hex() if len(header) == WAL_HEADER else ""
    return ""
