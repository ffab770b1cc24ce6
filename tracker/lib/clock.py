"""The clocks of the machine; what decides is given `now`."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, tzinfo
from pathlib import Path

_COUNTS_SUSPENSION = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> int:
    """Return the time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def elapsed() -> int:
    """Return microseconds of a clock that nobody can set; it goes on while the machine is suspended."""
    return time.clock_gettime_ns(_COUNTS_SUSPENSION) // 1000


def awake() -> int:
    """Return microseconds of a clock that nobody can set; it stands while the machine is suspended."""
    return time.monotonic_ns() // 1000


def local_zone() -> tzinfo:
    """Return the time zone of this machine, as `TZ` or its settings say; UTC when they say nothing that is known."""
    from zoneinfo import ZoneInfo  # reads the machine's settings when it is imported

    with suppress(LookupError, ValueError, OSError):
        if named := os.environ.get("TZ", "").removeprefix(":"):
            return ZoneInfo(named)
        with Path("/etc/localtime").open("rb") as file:
            return ZoneInfo.from_file(file)
    return UTC
