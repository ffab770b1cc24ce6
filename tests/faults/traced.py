"""Runs a tracker command that traces what it allocates: `python -m tests.faults.traced FILE COMMAND…`.

At each SIGRTMIN, which the daemon leaves alone, it adds to the file how much is allocated, and by which lines the
most since the first signal.
"""

from __future__ import annotations

import gc
import signal
import sys
import tracemalloc
from pathlib import Path
from types import FrameType

from tracker.cli.main import main

SHOWN = 25


def report_to(file: Path) -> None:
    """Write a report at each SIGRTMIN."""
    first: list[tracemalloc.Snapshot] = []

    def write(_number: int, _frame: FrameType | None) -> None:
        gc.collect()
        newest = tracemalloc.take_snapshot()
        first[:] = first or [newest]
        total = tracemalloc.get_traced_memory()[0] / 2**20
        rows = newest.compare_to(first[0], "lineno")[:SHOWN]
        with file.open("a") as out:
            out.write(f"{total:.2f} MiB in Python's objects\n" + "".join(f"  {row}\n" for row in rows))

    signal.signal(signal.SIGRTMIN, write)


if __name__ == "__main__":
    tracemalloc.start(1)
    report_to(Path(sys.argv[1]))
    sys.argv[:] = ["tracker", *sys.argv[2:]]
    main()
