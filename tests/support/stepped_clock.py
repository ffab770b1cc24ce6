"""Runs a tracker command whose wall clock is off by what a file says, in seconds; the machine's clock is left alone.

python -m tests.support.stepped_clock FILE -- COMMAND…
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path

_true_ns = time.time_ns


def offset_by(file: Path) -> None:
    """Let `time.time_ns`, `time.time` and `datetime.now` be off by what the file says at each moment."""
    import datetime

    def time_ns() -> int:
        return _true_ns() + round(float(file.read_text() or 0) * 10**9)

    class Stepped(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return datetime.datetime.fromtimestamp(time_ns() / 10**9, tz)

    time.time_ns, time.time = time_ns, lambda: time_ns() / 10**9
    for name in ("apscheduler.schedulers.base", "tracker.daemon.scheduler"):
        import_module(name).__dict__["datetime"] = Stepped


if __name__ == "__main__":
    split = sys.argv.index("--")
    offset_by(Path(sys.argv[1]))
    sys.argv[:] = ["tracker", *sys.argv[split + 1 :]]
    from tracker.cli.main import main

    main()
