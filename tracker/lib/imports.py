"""Imports a library without another that it would load and nobody needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def import_without(name: str) -> Iterator[None]:
    """Import a library as if another were not installed; rich costs 10 MB and is for terminals only."""
    known = sys.modules.get(name)
    if known is None:
        sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "not there"
    try:
        yield
    finally:
        if known is None:
            del sys.modules[name]
