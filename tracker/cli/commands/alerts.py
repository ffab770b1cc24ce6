"""The group `alerts`."""

from __future__ import annotations

import click

from tracker.cli.lazy import CommandEntry, LazyGroup

SEND, LIST, MESSAGES = (f"tracker.cli.commands.{name}" for name in ("alerts_send", "alerts_list", "messages"))

COMMANDS = {
    "died": CommandEntry(SEND, "died", "Alert every target that the daemon died."),
    "list": CommandEntry(LIST, "list_", "List alerts and the state of their deliveries, the newest first."),
    "preview": CommandEntry(MESSAGES, "preview", "Show what every message says, with made-up facts."),
    "retry": CommandEntry(LIST, "retry", "Send every dead alert again."),
    "templates": CommandEntry(
        MESSAGES, "templates", "Print the default texts of all messages, to change them."
    ),
    "test": CommandEntry(SEND, "test", "Send a test message to every target, through the real outbox."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def alerts() -> None:
    """Test, list, preview and resend alerts."""
