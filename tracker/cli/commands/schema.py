"""`tracker schema`: the JSON Schema of the config file."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of the config file, for editors and other programs.

    For completion and checks while you type, save it and begin the config with
    `# yaml-language-server: $schema=tracker.schema.json`.
    """
    import json

    from tracker.config.json_schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
