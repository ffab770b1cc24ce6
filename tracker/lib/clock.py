"""The clocks of the machine; what decides is given `now`."""

from __future__ import annotations

import time

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
