"""What a machine has of a service, as it was seen: the facts that a plan is made from. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """What is at a path."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is at a path, whose it is, and who may use it."""

    kind: Kind
    owner: int
    mode: int
    #: Where a link leads.
    target: Path | None = None
    #: Whether it has one name only: giving a file away by one name gives it away by every name.
    is_single: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is."""

    #: Everything in the service's folders, and each unit, link and folder that the plan may need; by its path.
    entries: Mapping[Path, Entry] = field(default_factory=dict)
    #: The texts of the unit files that are there.
    texts: Mapping[Path, str] = field(default_factory=dict)
    #: The id of the service's user; None when there is none yet.
    user: int | None = None
    #: Whether this process may give files away.
    is_root: bool = True
    #: Whether steps go to a folder that is the root of another system.
    is_image: bool = False
    has_systemd: bool = False
    #: The text of the config, where it can be read.
    config_text: str | None = None
    #: What is wrong with the config; None while there is none.
    config_faults: tuple[str, ...] | None = None
    #: The database that the config names; None where that cannot be told.
    database: str | None = None

    def has(self, path: Path) -> bool:
        """Tell whether there is anything at a path."""
        return path in self.entries
