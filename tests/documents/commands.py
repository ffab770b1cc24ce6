"""The reference of commands, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import click

from tests.support.command_line import inner, root

INTRODUCTION = """\
# Commands

Made from the commands themselves by `python -m tests.documents`; `tracker COMMAND --help` says the same.

Data goes to stdout, everything else to stderr. Exit codes: 0 done; 1 it failed while running; 2 wrong usage or refused
input; 3 no such order; 4 it needs you; 78 the config is wrong.
"""


@dataclass(frozen=True)
class Manual:
    """One command as its manual tells it."""

    name: str
    usage: str
    text: str
    #: Each option or argument with its help.
    options: tuple[tuple[str, str], ...]
    epilog: str


def manuals() -> Iterator[Manual]:
    """Every command, groups before what is in them, in the order of their names."""
    yield from _manuals(root())


def _manuals(context: click.Context) -> Iterator[Manual]:
    command, name = context.command, context.command_path
    yield Manual(
        name, f"{name} {' '.join(command.collect_usage_pieces(context))}", _prose(command.help), _options(context),
        _prose(command.epilog),
    )  # fmt: skip
    for one in sorted(command.list_commands(context)) if isinstance(command, click.Group) else ():
        found = inner(context, one)
        if not found.command.hidden:
            yield from _manuals(found)


def _prose(text: str | None) -> str:
    """A command's help as paragraphs of one line each."""
    paragraphs = inspect.cleandoc(text or "").replace("\b\n", "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in paragraphs if part.strip())


def _options(context: click.Context) -> tuple[tuple[str, str], ...]:
    records = [parameter.get_help_record(context) for parameter in context.command.get_params(context)]
    # These two every command has; the first page tells of them.
    common = ("--help",) if context.parent is None else ("--help", "--config PATH")
    return tuple(
        (name, " ".join(text.split())) for name, text in filter(None, records) if not name.endswith(common)
    )


def reference() -> str:
    """The text of docs/commands.md."""
    parts = [INTRODUCTION]
    for manual in manuals():
        lines = [f"## {manual.name}", f"```\n{manual.usage}\n```", manual.text]
        if manual.options:
            rows = "\n".join(f"| `{_cell(name)}` | {_cell(text)} |" for name, text in manual.options)
            lines.append(f"| option | what it does |\n| --- | --- |\n{rows}")
        parts.append("\n\n".join([*lines, *([manual.epilog] if manual.epilog else [])]) + "\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
