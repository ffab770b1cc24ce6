"""Where a service keeps its config and its state: a folder below /etc/tracker, and its twin below /var/lib/tracker."""

from __future__ import annotations

from pathlib import Path

CONFIGS = Path("/etc/tracker")
STATES = Path("/var/lib/tracker")

CONFIG_NAME = "config.yaml"
DATABASE_NAME = "tracker.db"


def state_folder(config_folder: Path) -> Path | None:
    """Return where the service of a config keeps its state; None when the config is no service's."""
    if not config_folder.is_relative_to(CONFIGS):
        return None
    return STATES / config_folder.relative_to(CONFIGS)


def service_database(config: Path) -> str | None:
    """Return the URL of the database of a service's config; None when the config is no service's."""
    state = state_folder(config.absolute().parent)
    return f"sqlite:///{state / DATABASE_NAME}" if state else None
