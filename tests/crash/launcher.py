"""Runs a tracker command and watches its own I/O; may kill itself at one point of it.

A point is a call of a C function that reads or writes a database, a socket or a file, named by the function, the
two lines of tracker that led to it, and whether the call begins or has returned. Nothing is listed by hand: whatever
the program does is seen by the interpreter's own profiler.

    python -m tests.crash.launcher note FILE  -- COMMAND…    write each point once, with how often it was passed
    python -m tests.crash.launcher kill POINT NTH -- COMMAND…
"""

from __future__ import annotations

import _io
import _socket
import os
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tracker.cli.main import main

ROOT = str(Path(__file__).parents[2] / "tracker")
HOLDERS = (sqlite3.Connection, sqlite3.Cursor, _socket.socket, _io.FileIO)
FUNCTIONS = {os.open, os.replace, os.rename, os.fsync, os.write, os.unlink}
NO_IO = {
    "create_function",
    "cursor",
    "fileno",
    "settimeout",
    "gettimeout",
    "setsockopt",
    "fetchall",
    "fetchone",
}
"""Methods of theirs that only touch memory."""

MOVES = {"c_call": "before", "c_return": "after", "c_exception": "after"}


def point_of(frame: FrameType | None, event: str, function: Any) -> str | None:
    """Name the point that a profile event is; None when it is no I/O, or not of tracker's doing."""
    if event not in MOVES or getattr(function, "__name__", "") in NO_IO:
        return None
    if not isinstance(getattr(function, "__self__", None), HOLDERS) and function not in FUNCTIONS:
        return None
    places: list[str] = []
    while frame is not None and len(places) < 2:
        file = frame.f_code.co_filename
        if file.startswith(ROOT) and not file.endswith(("/store/database.py", "/store/engines/sqlite.py")):
            places.append(f"{file.removeprefix(ROOT + '/')}:{frame.f_lineno}")
        frame = frame.f_back
    return f"{MOVES[event]} {function.__qualname__} at {' < '.join(places)}" if places else None


def watch(at_point: Callable[[str], None], begin: str = "") -> None:
    """Call back at each point that begins like this, in every thread that starts from now on, and in this one."""

    def profile(frame: FrameType, event: str, function: Any) -> None:
        if event not in MOVES or not f"{MOVES[event]} {function.__qualname__} at ".startswith(begin):
            return  # most calls are others, and to name their places would be most of what the daemon does
        point = point_of(frame, event, function)
        if point is not None:
            at_point(point)

    threading.setprofile(profile)
    sys.setprofile(profile)


def note(file: Path) -> Callable[[str], None]:
    """Count the points; the file is written again at each new one, as the process may be killed."""
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def at_point(point: str) -> None:
        with lock:
            counts[point] += 1

    def write() -> None:
        sys.setprofile(None)
        file.write_text("".join(f"{count}\t{point}\n" for point, count in sorted(counts.items())))

    import atexit

    atexit.register(write)
    return at_point


def kill(wanted: str, nth: int) -> Callable[[str], None]:
    """Kill this process when the point is passed for the nth time."""
    passed = 0
    lock = threading.Lock()

    def at_point(point: str) -> None:
        nonlocal passed
        if point != wanted:
            return
        with lock:
            passed += 1
            if passed == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    return at_point


if __name__ == "__main__":
    split = sys.argv.index("--")
    mode, *told = sys.argv[1:split]
    if mode == "note":
        watch(note(Path(told[0])))
    else:
        watch(kill(told[0], int(told[1])), begin=told[0].partition(" at ")[0])
    sys.argv[:] = ["tracker", *sys.argv[split + 1 :]]
    main()
