"""The group `alerts`."""

from __future__ import annotations

import click

from tracker.cli.lazy import CommandEntry, LazyGroup

SEND, LIST, MESSAGES, SILENCE = (
    f"tracker.cli.commands.{name}" for name in ("alerts_send", "alerts_list", "messages", "alerts_silence")
)

COMMANDS = {
    "died": CommandEntry(SEND, "died", "Alert every target that the daemon died."),
    "list": CommandEntry(LIST, "list_", "List alerts and the state of their deliveries, the newest first."),
    "preview": CommandEntry(MESSAGES, "preview", "Show what every message says, with made-up facts."),
    "retry": CommandEntry(LIST, "retry", "Send every dead alert again."),
    "silence": CommandEntry(SILENCE, "silence", "Keep alerts of EVENT back for a while."),
    "silences": CommandEntry(
        SILENCE, "silences", "List what is kept back, until when, who wanted it and why."
    ),
    "templates": CommandEntry(
        MESSAGES, "templates", "Print the default texts of all messages, to change them."
    ),
    "test": CommandEntry(SEND, "test", "Send a test message to every target, through the real outbox."),
    "unsilence": CommandEntry(SILENCE, "unsilence", "End silences before their time."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def alerts() -> None:
    """Test, list, preview, silence and resend alerts."""
