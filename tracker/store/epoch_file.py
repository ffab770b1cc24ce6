"""Reads and writes `.epoch` beside a SQLite database: the newest number and the newest run that a daemon left there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from tracker.lib.late_log import late_logger
from tracker.store import side_files
from tracker.store.engines.restore_plan import sync
from tracker.store.seen import LARGEST


class Epoch(NamedTuple):
    """How far a database has come, and the name that the newest run of a daemon gave it; an older tracker gave none."""

    number: int
    run: str | None = None


def read(file: Path | None) -> Epoch | None:
    """Return what the file says; None when there is no file, or nothing in it that can be used."""
    if file is None:
        return None
    try:
        text = side_files.read(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        log = late_logger(__name__)
        log.warning("epoch.unreadable", file=str(file), why=error.strerror)
        return None
    epoch = _parsed(text)
    if epoch is None:
        log = late_logger(__name__)
        log.warning("epoch.unreadable", file=str(file), why=f"it holds no number of ours: {text[:40]!r}")
    return epoch


def write(file: Path, epoch: Epoch) -> None:
    """Write the file anew, and wait for the disk."""
    try:
        side_files.replace(file, _text(epoch))
    except OSError as error:
        _warn(file, error)


def write_begun(file: Path, epoch: Epoch) -> None:
    """Write the file anew, and wait until its name is on the disk too: an older run must not come back."""
    write(file, epoch)
    try:
        sync(file.parent)
    except OSError as error:
        _warn(file, error)


def write_in_place(file: Path, epoch: Epoch) -> None:
    """Write over the older text, without waiting for the disk: a power loss takes only newer numbers away."""
    try:
        descriptor = side_files.open_or_create(file)
        try:
            side_files.overwrite(descriptor, _text(epoch))
        finally:
            os.close(descriptor)
    except OSError as error:
        _warn(file, error)


def _parsed(text: bytes) -> Epoch | None:
    number, *runs = text.split()[:3] or [b""]
    if not number.isdigit() or len(number) > len(str(LARGEST)) or int(number) >= LARGEST:
        return None
    if not runs:
        return Epoch(int(number))
    is_run = len(runs) == 1 and runs[0].isalnum()
    return Epoch(int(number), runs[0].decode()) if is_run else None


def _text(epoch: Epoch) -> bytes:
    return f"{epoch.number} {epoch.run or ''}".rstrip().encode() + b"\n"


def _warn(file: Path, error: OSError) -> None:
    log = late_logger(__name__)
    log.warning("epoch.write_failed", file=str(file), why=str(error))
