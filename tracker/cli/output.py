"""Prints results: JSON Lines for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import click

from tracker.lib.times import rfc3339
from tracker.lib.visible import one_line

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def time_or_none(at: int | None) -> str | None:
    """Write a point in time as RFC 3339, or None."""
    return None if at is None else rfc3339(at)


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a whole table for programs and files; `empty` is printed when there is no row."""
    cells = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    if not cells:
        click.echo(empty, err=True)
        return
    lines = [header, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for row in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
