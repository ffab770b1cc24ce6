"""The group `recurring`: orders that are queued again and again."""

from __future__ import annotations

import click

from tracker.cli.lazy import CommandEntry, LazyGroup

PLACE = "tracker.cli.commands.recurring_rules"

COMMANDS = {
    "add": CommandEntry(PLACE, "add", "Queue an order again and again, from now on."),
    "list": CommandEntry(PLACE, "list_", "List the recurring orders, with their next times."),
    "remove": CommandEntry(PLACE, "remove", "Queue an order no more."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def recurring() -> None:
    """List, add and remove orders that are queued again and again.

    Those of the config stand under `recurring:`; `add` and `remove` are for others.
    """
