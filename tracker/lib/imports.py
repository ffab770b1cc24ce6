"""Imports a library without another one that it would load although nothing needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def import_without(name: str) -> Iterator[None]:
    """Import a library as if `name` were not installed: rich, for one, costs 10 MB and is only for terminals."""
    is_new = name not in sys.modules  # False inside another `import_without` of the same name, too
    if is_new:
        sys.modules[name] = None  # type: ignore[assignment]  # makes `import name` raise ImportError
    try:
        yield
    finally:
        if is_new:
            del sys.modules[name]
