"""`version`."""

from __future__ import annotations

import platform

import click

from tracker import __version__
from tracker.cli.output import json_option, print_json


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version()})
    else:
        click.echo(f"tracker {__version__}")
