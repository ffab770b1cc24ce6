"""A plugin of pytest: a changed function runs, although its answer is kept from before the change.

Each change is tried in a fork of a process that has run all tests already, with what the program then remembered.
"""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Callable

_forgets: list[Callable[[], object]] = []
"""What makes the program forget, as a run of all tests has found it: to look takes long, and each change has a fork."""


def pytest_sessionstart() -> None:
    """Forget all that was remembered, when a change is tried."""
    if _is_of_a_change():
        for forget in _forgets:
            forget()


def pytest_sessionfinish() -> None:
    """Find what the forks of this process will inherit."""
    if not _is_of_a_change():
        _forgets[:] = forgets()


def _is_of_a_change() -> bool:
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


def forgets() -> list[Callable[[], object]]:
    """Return what empties the caches of functions, and drops the properties that the program's objects keep."""
    found: list[Callable[[], object]] = []
    for one in gc.get_objects():
        if type(one) is functools._lru_cache_wrapper:
            found.append(one.cache_clear)
        elif str(type(one).__module__).startswith("tracker."):
            kept = _kept(type(one)) & getattr(one, "__dict__", {}).keys()
            found += [functools.partial(vars(one).pop, name, None) for name in kept]
    return found


def _kept(kind: type) -> set[str]:
    members = ((name, member) for base in kind.__mro__ for name, member in vars(base).items())
    return {name for name, member in members if isinstance(member, functools.cached_property)}
