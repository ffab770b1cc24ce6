"""The token bucket of a panel account for all processes on one SQLite file: a small file beside the database."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.lib import rate_limit
from tracker.lib.rate_limit import SLOWEST, BucketState
from tracker.lib.times import DAY, SECOND
from tracker.store import side_files

LOCK_DELAY_S = 0.001
"""Seconds between two tries to lock the file."""

FARTHEST_S = DAY / SECOND
"""Seconds that a slot may be ahead; tracker writes none that is farther."""


class FileBucket:
    """One account's entry in the file, which is locked for the few microseconds of each use; see `Bucket`.

    The clock counts from the start of the machine and is the same in all its processes. A file that was damaged, or
    lost in a crash, starts again as empty: that loses one gap and nothing else.
    """

    def __init__(self, database: Path, panel: str) -> None:
        self._database = database
        self._path = Path(f"{database}.pace")
        self._panel = panel

    def take(self, gap: float) -> float:
        """Reserve the next free slot; return the seconds until it."""
        with self._locked() as file:
            states = _read(file)
            state = states.get(self._panel, BucketState())
            states[self._panel], delay = state.reserve(time.monotonic(), gap)
            _write(file, states)
        return delay

    def slow_down(self) -> None:
        """Halve the rate from now on."""
        with self._locked() as file:
            states = _read(file)
            states[self._panel] = states.get(self._panel, BucketState()).slowed_down()
            _write(file, states)

    def close(self) -> None:
        """Do nothing: the file is open only while it is used."""

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = side_files.open_or_create(self._path)
        try:
            _lock(file)
            self._give_to_owner(file)
            yield file
        finally:
            os.close(file)

    def _give_to_owner(self, file: int) -> None:
        """Give a file that root has just made to the owner of the database: the daemon must be able to write it."""
        if os.geteuid() == 0 and os.fstat(file).st_size == 0:
            with suppress(OSError):
                owner = self._database.stat()
                os.fchown(file, owner.st_uid, owner.st_gid)


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


def _read(file: int) -> dict[str, BucketState]:
    """Return the state of each account's bucket; none where the file is empty or damaged."""
    try:
        stored = json.loads(side_files.content(file))
        return {panel: _state(*values) for panel, values in stored.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _state(next_at: float, slowdown: float, at: float) -> BucketState:
    """Return a state; ValueError or TypeError when tracker cannot have written it."""
    if not (1 <= slowdown <= SLOWEST and at <= next_at <= at + FARTHEST_S):
        raise ValueError("not a bucket's state")
    return BucketState(next_at, slowdown, at)


def _write(file: int, states: Mapping[str, BucketState]) -> None:
    text = json.dumps({panel: [one.next_at, one.slowdown, one.at] for panel, one in states.items()}).encode()
    side_files.overwrite(file, text)
