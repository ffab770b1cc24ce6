"""Lets Python look for garbage that refers to itself less often, where very many rows go by."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 200_000
"""So many more objects than before are made until garbage is looked for; Python's own number is 700."""


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage seldom during a block: rows hold none, and to look through them takes a third of their time."""
    usual = gc.get_threshold()
    gc.freeze()  # what was imported stays, and is not looked through again
    gc.set_threshold(SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
