"""The group `config`."""

from __future__ import annotations

import click

from tracker.cli.lazy import CommandEntry, LazyGroup

COMMANDS = {
    "show": CommandEntry(
        "tracker.cli.commands.config_show",
        "show",
        "Show what is in force, with the defaults; secrets are masked.",
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def config() -> None:
    """Show the config that is in force."""
