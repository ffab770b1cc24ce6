"""The terminal that is written to: how wide it is, whether it shows colours, and how lines reach it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable

import click

from tracker.cli.streams import exact
from tracker.cli.terminal.cells import wrapped
from tracker.lib.visible import one_line

_ISOLATES = re.compile("([\u2068\u2069])")


def is_terminal() -> bool:
    """Tell whether a person reads the output."""
    return sys.stdout.isatty()


def width() -> int:
    """Return how many cells fit on a line."""
    return shutil.get_terminal_size((80, 24)).columns


def styled(text: str, bold: bool | None = None, fg: str | None = None) -> str:
    """Return a text in bold or in a colour, where the terminal shows any."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not is_terminal()
    return text if plain else click.style(text, bold=bold, fg=fg)


def write(lines: Iterable[str]) -> None:
    """Write lines exactly: whoever calls it has made what others wrote harmless, with `one_line`."""
    text = "".join(f"{line}\n" for line in lines)
    if not is_unicode():
        text = text.replace("…", "~")  # as wide, so that columns stay aligned
    with exact(sys.stdout) as output:
        output.write(text)


def say(text: str, err: bool = False) -> None:
    """Print sentences; on a terminal they are broken between words, and not by the terminal within one."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        text = "\n".join(line for one in text.split("\n") for line in wrapped(one, width()))
    click.echo(text, err=err)


def show(text: str) -> None:
    """Print a message as its reader gets it: with the marks that keep the order of words from right to left."""
    lines = [_ISOLATES.sub("", one) if not is_unicode() else one for one in text.split("\n")]
    harmless = ["".join(map(_harmless, _ISOLATES.split(one))) for one in lines]
    write(line for one in harmless for line in (wrapped(one, width()) if is_terminal() else [one]))


def _harmless(part: str) -> str:
    return part if _ISOLATES.fullmatch(part) else one_line(part)


def say_beside(label: str, text: str) -> None:
    """Print a text beside its label; on a terminal, what does not fit goes on beneath its beginning."""
    lines = wrapped(text, width(), label, " " * len(label)) if is_terminal() else [f"{label}{text}"]
    click.echo("\n".join(lines))


def is_unicode() -> bool:
    """Tell whether the output can hold every character."""
    return (sys.stdout.encoding or "").lower().startswith("utf")
