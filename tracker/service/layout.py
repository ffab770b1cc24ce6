"""Where everything of one service is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tracker.config import places
from tracker.service import units

UNITS = Path("/etc/systemd/system")
LINK = Path("/usr/local/bin/tracker")
SYSUSERS = Path("/usr/lib/sysusers.d/tracker.conf")
SYSTEMD_RUNS = Path("/run/systemd/system")
"""This folder is there while systemd runs: see sd_booted(3)."""

USER = "tracker"
USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
INSTANCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""Names that need no escaping in a unit's name and cannot be mistaken for an option or for a folder above."""

TAKEN = frozenset({"backups", places.CONFIG_NAME, places.DATABASE_NAME})
"""Names that would collide with what the service without a name keeps in its folders."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One service: its name (None for the only one), its user, and the command that it starts."""

    instance: str | None
    command: Path
    user: str = USER

    @property
    def config_folder(self) -> Path:
        """The folder of the config and the keys."""
        return places.CONFIGS / (self.instance or "")

    @property
    def config(self) -> Path:
        """The config file."""
        return self.config_folder / places.CONFIG_NAME

    @property
    def state(self) -> Path:
        """The folder of the database."""
        return places.STATES / (self.instance or "")

    @property
    def database(self) -> str:
        """The URL of the database, which the config names."""
        return f"sqlite:///{self.state / places.DATABASE_NAME}"

    @property
    def backups(self) -> Path:
        """The folder of the copies."""
        return self.state / "backups"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that belong to the service's user, the outer ones first."""
        outer = (places.CONFIGS, places.STATES) if self.instance else ()
        return (*outer, self.config_folder, self.state, self.backups)

    @property
    def units(self) -> dict[Path, str]:
        """The unit files and their texts."""
        texts = units.texts(self.instance is not None, str(self.command), self.user)
        return {UNITS / name: text for name, text in texts.items()}

    @property
    def main(self) -> Path:
        """The unit file of the daemon."""
        return UNITS / f"tracker{'@' if self.instance else ''}.service"

    def unit(self, stem: str, kind: str = "service") -> str:
        """Return the name of a unit as `systemctl` takes it."""
        return f"{stem}@{self.instance}.{kind}" if self.instance else f"{stem}.{kind}"

    @property
    def enabled(self) -> dict[Path, Path]:
        """The links that make systemd start the service and its timer: what `systemctl enable` writes."""
        at = "@" if self.instance else ""
        return {
            UNITS / "multi-user.target.wants" / self.unit("tracker"): UNITS / f"tracker{at}.service",
            UNITS / "timers.target.wants" / self.unit("tracker-backup", "timer"): UNITS / f"tracker-backup{at}.timer",
        }  # fmt: skip

    def by_hand(self, *words: str) -> str:
        """Return a command as the administrator types it, for the service's own user."""
        config = ("--config", str(self.config)) if self.instance else ()
        return f"sudo -u {self.user} tracker {' '.join((*config, *words))}"
