"""The token bucket of a panel account for all processes on one SQLite file: a small file beside the database."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tracker.lib import rate_limit
from tracker.lib.rate_limit import SLOWEST, BucketState
from tracker.lib.times import DAY, SECOND
from tracker.store import side_files

LOCK_DELAY_S = 0.001
"""Seconds between two tries to lock the file."""

BLOCK = 64
"""Bytes that the text is a multiple of: so its length seldom changes, and the file is seldom cut."""

_quoted = functools.cache(json.dumps)
"""Writes a panel's name in JSON."""

FARTHEST_S = DAY / SECOND
"""Seconds that a slot may be ahead; tracker writes none that is farther."""


class FileBucket:
    """One account's entry in the file, which is locked for the few microseconds of each use; see `Bucket`.

    The clock counts from the start of the machine and is the same in all its processes. A file that was damaged, or
    lost in a crash, starts again as empty: that loses one gap and nothing else. Not for several threads at once.
    """

    def __init__(self, database: Path, panel: str) -> None:
        self._database = database
        self._path = Path(f"{database}.pace")
        self._panel = panel
        #: The open file, and what tells it from another that has its name meanwhile.
        self._file: int | None = None
        self._identity: tuple[int, int, int] | None = None
        self._seen = _Content(b"", {})

    def take(self, gap: float) -> float:
        """Reserve the next free slot; return the seconds until it."""
        return self._change(lambda state: state.reserve(time.monotonic(), gap))

    def slow_down(self) -> None:
        """Halve the rate from now on."""
        self._change(lambda state: (state.slowed_down(), 0.0))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = self._identity = None

    def _change(self, change: Callable[[BucketState], tuple[BucketState, float]]) -> float:
        """Write what a change makes of the account's state; return the seconds that it tells."""
        file = self._opened()
        try:
            _lock(file)
            try:
                seen = self._read(file)
                state, delay = change(seen.states.get(self._panel, BucketState()))
                self._write(file, {**seen.states, self._panel: state}, len(seen.text))
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
        except OSError:
            self.close()
            raise
        return delay

    def _read(self, file: int) -> _Content:
        """Return what is in the file; it is read anew only if another process wrote it."""
        text = side_files.content(file)
        return self._seen if text == self._seen.text else _Content(text, _read(text))

    def _write(self, file: int, states: Mapping[str, BucketState], length: int) -> None:
        text = _text(states)
        side_files.overwrite(file, text, length)
        self._seen = _Content(text, states)

    def _opened(self) -> int:
        """Return the file, which is opened anew when another has its name by now."""
        if self._file is None or self._identity != self._identity_of_name():
            self.close()
            self._file = side_files.open_or_create(self._path)
            self._give_to_owner(self._file)
            self._identity = _identity(os.fstat(self._file))
        return self._file

    def _identity_of_name(self) -> tuple[int, int, int] | None:
        """Return the identity of what has the file's name now; None when nothing has."""
        with suppress(OSError):
            return _identity(os.lstat(self._path))
        return None

    def _give_to_owner(self, file: int) -> None:
        """Give a file that root has just made to the owner of the database: the daemon must be able to write it."""
        if os.geteuid() == 0 and os.fstat(file).st_size == 0:
            with suppress(OSError):
                owner = self._database.stat()
                os.fchown(file, owner.st_uid, owner.st_gid)


class _Content(NamedTuple):
    """The text of the file, and the state of each account's bucket that it holds."""

    text: bytes
    states: Mapping[str, BucketState]


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    """Return what tells a file from any other, and from itself with a second name."""
    return found.st_dev, found.st_ino, found.st_nlink


def _lock(file: int) -> None:
    """Lock the file; TimeoutError when another process holds the lock for too long."""
    until = time.monotonic() + rate_limit.ANSWER_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError("another process keeps the file of the rate limit locked") from None
            time.sleep(LOCK_DELAY_S)


def _read(text: bytes) -> dict[str, BucketState]:
    """Return the state of each account's bucket; none where the text is empty or damaged."""
    try:
        return {panel: _state(*values) for panel, values in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _state(next_at: float, slowdown: float, at: float) -> BucketState:
    """Return a state; ValueError or TypeError when tracker cannot have written it."""
    if not (1 <= slowdown <= SLOWEST and at <= next_at <= at + FARTHEST_S):
        raise ValueError("not a bucket's state")
    return BucketState(next_at, slowdown, at)


def _text(states: Mapping[str, BucketState]) -> bytes:
    entries = (
        f"{_quoted(panel)}: [{it.next_at!r}, {it.slowdown!r}, {it.at!r}]" for panel, it in states.items()
    )
    text = f"{{{', '.join(entries)}}}".encode()
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)
