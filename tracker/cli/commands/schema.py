"""`schema`: the JSON Schema of the config file."""

from __future__ import annotations

import json

import click

from tracker.cli.output import json_option
from tracker.config.json_schema import json_schema


@click.command()
@json_option
def schema(as_json: bool) -> None:
    """Print the JSON Schema of the config file.

    Editors complete and check the config with it: save it and begin the config with
    `# yaml-language-server: $schema=tracker.schema.json`.
    """
    click.echo(json.dumps(json_schema(), indent=None if as_json else 2, ensure_ascii=False))
