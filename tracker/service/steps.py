"""What can be done to a machine: each step is a sentence and what it writes. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MakeUser:
    """A system user, who cannot log in."""

    name: str
    home: Path

    def __str__(self) -> str:
        return f"make the system user {self.name}"


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """A folder that only its owner may enter."""

    path: Path
    owner: str

    def __str__(self) -> str:
        return f"make the folder {self.path}, for {self.owner} alone"


@dataclass(frozen=True, slots=True)
class Give:
    """A file or folder that gets an owner, and is closed to all others. Never what a link leads to."""

    path: Path
    owner: str

    def __str__(self) -> str:
        return f"give {self.path} to {self.owner} alone"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file with its whole text; without an owner it is root's, and readable by all."""

    path: Path
    text: str
    owner: str | None = None
    #: What the sentence says of it: write, upgrade.
    verb: str = "write"

    def __str__(self) -> str:
        return f"{self.verb} {self.path}{f', for {self.owner} alone' if self.owner else ''}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that was changed by hand and keeps its text under another name."""

    path: Path
    to: Path

    def __str__(self) -> str:
        return f"set aside {self.path}, which is not as an install left it: it is now {self.to.name}"


@dataclass(frozen=True, slots=True)
class MakeLink:
    """A symbolic link."""

    path: Path
    to: Path
    #: What the link is for.
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Remove:
    """A file or link that goes."""

    path: Path

    def __str__(self) -> str:
        return f"remove {self.path}"


@dataclass(frozen=True, slots=True)
class Systemctl:
    """A call of systemctl, only where systemd runs."""

    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"run `systemctl {' '.join(self.arguments)}`"


Step = MakeUser | MakeFolder | Give | WriteFile | SetAside | MakeLink | Remove | Systemctl


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order, and what is left for a person or is good to know."""

    steps: tuple[Step, ...]
    remarks: tuple[str, ...] = ()
