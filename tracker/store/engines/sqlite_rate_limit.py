"""The bucket of a panel account, shared by every process on one SQLite file: a small file beside it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.lib import rate_limit
from tracker.lib.rate_limit import SLOWEST, BucketState
from tracker.lib.times import DAY, SECOND

LONGEST = 1 << 20
"""Bytes of the file that are read."""

LOCK_DELAY_S = 0.001
"""Seconds between two tries to lock the file."""

FARTHEST = DAY / SECOND
"""Seconds that a moment may be ahead; what is farther was not written by us."""


class FileBucket:
    """One account's entry in the file, which is locked for the few microseconds of each use; see `bucket.Bucket`.

    The clock counts from the start of the machine and is the same in all its processes. A file that was
    damaged, or lost in a crash, is begun anew: all that is lost is one gap.
    """

    def __init__(self, database: Path, panel: str) -> None:
        self._database = database
        self._file = Path(f"{database}.pace")
        self._panel = panel

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""
        away = 0.0

        def taken(flow: BucketState) -> BucketState:
            nonlocal away
            now = time.monotonic()
            away = flow.next_slot(now) - now
            return flow.reserve(now, gap)

        self._change(taken)
        return away

    def slow_down(self) -> None:
        """Ask half as often from now on."""
        self._change(BucketState.slowed_down)

    def close(self) -> None:
        """Do nothing: the file is open only while it is used."""

    def _change(self, change: Callable[[BucketState], BucketState]) -> None:
        with self._locked() as channel:
            flows = _read(channel)
            flows[self._panel] = change(flows.get(self._panel, BucketState()))
            kept = {panel: [flow.next_at, flow.slowdown, flow.at] for panel, flow in flows.items()}
            text = json.dumps(kept).encode()
            os.pwrite(channel, text, 0)
            os.ftruncate(channel, len(text))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        channel = os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _lock(channel)
            self._give_away(channel)
            yield channel
        finally:
            os.close(channel)

    def _give_away(self, channel: int) -> None:
        """Let a file that root made belong to the database's owner: the daemon shall write it too."""
        if os.geteuid() == 0 and os.fstat(channel).st_size == 0:
            with suppress(OSError):
                owner = self._database.stat()
                os.fchown(channel, owner.st_uid, owner.st_gid)


def _lock(channel: int) -> None:
    """Lock the file; TimeoutError when another process keeps it for too long."""
    until = time.monotonic() + rate_limit.ANSWER_TIMEOUT_S
    while True:
        try:
            return fcntl.flock(channel, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError("another process keeps the file of the pace locked") from None
            time.sleep(LOCK_DELAY_S)


def _read(channel: int) -> dict[str, BucketState]:
    try:
        kept = json.loads(os.pread(channel, LONGEST, 0))
        return {panel: _flow(*values) for panel, values in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _flow(next_at: float, slowdown: float, at: float) -> BucketState:
    """Return a flow; ValueError or TypeError when it cannot be one of ours."""
    if not (1 <= slowdown <= SLOWEST and at <= next_at <= at + FARTHEST):
        raise ValueError("no flow")
    return BucketState(next_at, slowdown, at)
