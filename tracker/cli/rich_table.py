"""Prints a table on a terminal. Imported where one is printed: it loads rich."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tracker.cli.streams import exact


def print_rich(header: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Print a table whose long cells are folded into the width of the terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        table.add_column(name, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    with exact(sys.stdout) as output:
        Console(file=output).print(table)
