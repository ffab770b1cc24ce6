"""Commands in the context that a command line gives them.

click keeps the first help option that it makes of a command: made in a bare context, which knows no `-h`, it would be
without that in every test that follows.
"""

from __future__ import annotations

from typing import Any

import click

from tracker.cli.main import cli


def root(**settings: Any) -> click.Context:
    """The context of `tracker` itself."""
    return click.Context(cli, info_name="tracker", **{**cli.context_settings, **settings})


def inner(context: click.Context, name: str) -> click.Context:
    """The context of a command of a group."""
    assert isinstance(context.command, click.Group)
    command = context.command.get_command(context, name)
    assert command is not None, name
    return click.Context(command, info_name=name, parent=context)
