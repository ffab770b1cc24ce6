"""Groups of commands that import a command only when it is called, so that each command starts fast."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from tracker.lib.imports import import_without


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """Where a command is defined, and its line in the help of its group: the first line of its docstring."""

    module: str
    attribute: str
    help: str


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def __init__(
        self, name: str | None = None, *, entries: Mapping[str, CommandEntry], **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        # structlog loads rich where it finds it: 10 MB and 20 ms, which only a table on a terminal needs.
        with import_without("rich"):
            command: click.Command = getattr(importlib.import_module(entry.module), entry.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their entries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.entries[name].help) for name in self.list_commands(ctx)])
