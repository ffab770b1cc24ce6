"""`config show`: what is in force, and where it comes from."""

from __future__ import annotations

import os
import sys

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Session, pass_session
from tracker.config.in_force import as_yaml, in_force


@click.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Show what is in force, with the defaults; secrets are masked.

    It is printed as YAML, after the file that it comes from. `config.example.yaml` explains each key.
    """
    values, file = in_force(session.config), session.config.path.absolute()
    session.warn()
    if as_json:
        print_json({"file": str(file), "named_by": _named_by(), "config": values})
    else:
        click.echo(f"# {file}{_WORDS[_named_by()]}\n# Defaults are shown too; secrets are masked.")
        sys.stdout.write(as_yaml(values))


_WORDS = {"option": ", named by --config", "environment": ", named by $TRACKER_CONFIG", None: ""}


def _named_by() -> str | None:
    """Tell what named the file; None where it was found in one of the usual places."""
    if click.get_current_context().find_root().params.get("config") is not None:
        return "option"
    return "environment" if os.environ.get("TRACKER_CONFIG") else None
