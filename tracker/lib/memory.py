"""Keeps what a long-running process holds of the machine's memory near what it uses."""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of settings in glibc's malloc.h."""

ARENAS = 2
"""Heaps that all threads share: by default each has its own, and keeps what it once needed."""

LARGE = 128 * 1024
"""A larger block goes back to the system as soon as it is freed: by default glibc keeps it after the first few."""


def return_freed_memory() -> None:
    """Have freed memory returned to the system; does nothing where the C library is not glibc."""
    with contextlib.suppress(OSError, AttributeError):
        set_option = ctypes.CDLL(None).mallopt
        for option, value in ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, 2 * LARGE)):
            set_option(option, value)
