"""What is wrong with a config, and where. No fault ever contains a secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tracker.config.structs import Struct

KeyPath = tuple[str | int, ...]
"""The path to a value: keys of mappings, and indexes in lists, from 0."""


class Place(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class Fault(Struct, frozen=True):
    """One thing that is wrong; as text it is `FILE:LINE:COLUMN: key.path: what is wrong`."""

    file: str
    #: None when the fault concerns the whole file.
    place: Place | None
    #: Empty when there is no key to name.
    key: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.place.line}:{self.place.column}" if self.place else self.file
        text = f"{where}: {self.key}: {self.what}" if self.key else f"{where}: {self.what}"
        # A misspelt key is quoted unchanged, and may contain control codes that a terminal would obey.
        return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


class ConfigError(Exception):
    """The config cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault], database: str | None = None) -> None:
        self.faults = tuple(faults)
        #: The URL of the database, where nothing is wrong with that: the daemon that works on it can be asked.
        self.database = database
        super().__init__("\n".join(str(fault) for fault in self.faults))


def dotted(path: KeyPath) -> str:
    """Write a path for messages: `alerts[0].events[1]`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """Return the valid word that was most likely meant, or None when all are too different."""
    from difflib import get_close_matches  # a slow import, needed only for faults

    by_lower = {known.lower(): known for known in valid}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
