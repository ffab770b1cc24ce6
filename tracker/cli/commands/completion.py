"""`completion`: what a shell needs to complete a line."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from tracker.cli.main import COMPLETE
from tracker.cli.session import Refused

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> None:
    """Print what lets a shell complete commands and orders.

    Refs, panels and alert targets are completed too.

    \b
    bash, into ~/.bashrc:  eval "$(tracker completion bash)"
    zsh, into ~/.zshrc:    eval "$(tracker completion zsh)"
    fish, into ~/.config/fish/completions/tracker.fish: its output
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise Refused(f"which shell? Add one of: {', '.join(SHELLS)}")
    script = kind(click.get_current_context().find_root().command, {}, "tracker", COMPLETE)
    click.echo(script.source_template % script.source_vars())
