"""Keeps the process lean: libraries that nobody needs stay out, and the collector leaves alone what stays for good."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Import a library as if another were not installed; rich costs 10 MB and is for terminals only."""
    known = sys.modules.get(name)
    if known is None:
        sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "not there"
    try:
        yield
    finally:
        if known is None:
            del sys.modules[name]


COLLECTED_EACH = 20_000
"""New objects after which the collector looks for cycles: a sweep makes many objects and no cycles."""


def spare_collector() -> None:
    """Let the collector pass over all that is loaded by now, and come less often: a tenth of the cost of a sweep."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_EACH, 20, 20)
