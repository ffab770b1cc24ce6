"""Prints results: JSON Lines for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain

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


Cells = Sequence[object]


def print_long_table(
    header: Sequence[str], rows: Callable[[], Iterable[Cells]], empty: str, where_any: Collection[str] = ()
) -> None:
    """Print a table of any length for programs: its rows are read twice, first for its widths, and none is kept.

    Columns of `where_any` are left out where no row has anything in them.
    """
    widths = [0] * len(header)
    for row in rows():
        widths = [max(width, len(_plain_cell(cell))) for width, cell in zip(widths, row, strict=True)]
    if not any(widths):
        click.echo(empty, err=True)
        return
    shown = [at for at, name in enumerate(header) if widths[at] or name not in where_any]
    for row in chain((header,), rows()):
        cells = (_plain_cell(row[at]).ljust(max(widths[at], len(header[at]))) for at in shown)
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _plain_cell(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return text if text.isprintable() else one_line(text)


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a whole table for programs and files; `empty` is printed when there is no row."""
    cells = [list(map(_plain_cell, row)) for row in rows]
    if not cells:
        click.echo(empty, err=True)
        return
    lines = [header, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for row in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
