"""Which keys differ between two configs. Values are not told: they may be secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.config.settings import Config
from tracker.config.structs import Struct
from tracker.config.target_settings import Target

NOT_KEYS = ("path", "warnings")
"""Fields of a config that stand in no file."""


def changed_keys(before: Config, after: Config) -> tuple[str, ...]:
    """Return the dotted keys whose values differ; a part that is new or gone is named whole."""
    return tuple(_changed("", _parts(before), _parts(after)))


def _changed(key: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if not isinstance(before, dict) or not isinstance(after, dict):
        yield key
        return
    for name in dict.fromkeys([*before, *after]):
        inner = f"{key}.{name}" if key else name
        if name in before and name in after:
            yield from _changed(inner, _parts(before[name]), _parts(after[name]))
        else:
            yield inner


def _parts(value: Any) -> Any:
    """Return a part of the config as a dictionary of its own parts, and a single value as it is."""
    if isinstance(value, Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__ if name not in NOT_KEYS}
    if isinstance(value, tuple) and value and all(isinstance(one, Target) for one in value):
        return {one.name: one for one in value}
    return value
