"""The bucket of a panel account, shared by every process on one SQLite file: a small file beside it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.pace import Flow

_SIZE = 1 << 16


class FileBucket:
    """One account's entry in the file, which is locked for the few microseconds of each use; see `pace.Bucket`.

    The clock counts from the start of the machine and is the same in all its processes. A file that was
    damaged, or lost in a crash, is begun anew: all that is lost is one gap.
    """

    def __init__(self, file: Path, panel: str) -> None:
        self._file = file
        self._panel = panel

    def take(self, gap: float) -> float:
        """Take the next moment if it has come; return 0, or how many seconds away it is."""
        left = 0.0

        def taken(flow: Flow) -> Flow:
            nonlocal left
            now = time.monotonic()
            left = flow.away(now, gap)
            return flow.taken(now, gap)

        self._change(taken)
        return left

    def halve(self) -> None:
        """Ask half as often from now on."""
        self._change(Flow.halved)

    def close(self) -> None:
        """Do nothing: the file is open only while it is used."""

    def _change(self, change: Callable[[Flow], Flow]) -> None:
        with self._locked() as channel:
            flows = _read(channel)
            before = flows.get(self._panel, Flow())
            after = flows[self._panel] = change(before)
            if after != before:
                text = json.dumps({panel: [flow.next_at, flow.stretch] for panel, flow in flows.items()})
                os.pwrite(channel, text.encode(), 0)
                os.ftruncate(channel, len(text))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        channel = os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(channel, fcntl.LOCK_EX)
            yield channel
        finally:
            os.close(channel)


def _read(channel: int) -> dict[str, Flow]:
    try:
        kept = json.loads(os.pread(channel, _SIZE, 0))
        return {panel: Flow(float(next_at), float(stretch)) for panel, (next_at, stretch) in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
