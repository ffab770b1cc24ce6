"""What the documents show: blocks of a language, and the commands of tracker in them."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click

from tracker.cli.main import cli

_END_OF_COMMAND = {"&&", "||", "|", ";", "&"}
_STANDS_FOR_MORE = {"…", "..."}


def blocks(text: str, language: str) -> list[str]:
    """Every block of a language in a document, without its indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.split("\n")) for indent, block in found]


def whole_commands(text: str) -> list[list[str]]:
    """The arguments of each command of tracker in the sh blocks of a document."""
    lines = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    return [command for line in lines for command in _of_tracker(line)]


def mentioned_commands(text: str) -> list[list[str]]:
    """The arguments of each command between backticks in its sentences: some are only named, without what they need."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    named = re.findall(r"`((?:sudo -u tracker )?tracker [^`\n]+)`", prose)
    lines = [re.sub(r"\|[\w|]+", "", line) for line in named if "COMMAND" not in line]
    return [command for line in lines for command in _of_tracker(line)]


def _of_tracker(line: str) -> Iterator[list[str]]:
    try:
        words = shlex.split(re.sub(r"\$\(tracker", "; tracker", line), comments=True)
    except ValueError:
        words = []
    while words:
        end = next((at for at, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
        command, words = words[:end], words[end + 1 :]
        if command[:2] == ["sudo", "-u"]:
            command = command[3:]
        if command and Path(command[0]).name == "tracker":
            arguments = [word for word in _without_redirection(command[1:]) if word not in _STANDS_FOR_MORE]
            yield from [arguments] if arguments else []


def _without_redirection(words: list[str]) -> list[str]:
    return words[: next((at for at, word in enumerate(words) if word in ("<", ">", ">>")), len(words))]


def fault_of(arguments: list[str], is_whole: bool) -> str | None:
    """What the command line says against these arguments; None: it takes them. Nothing is run.

    One that is not whole may lack what the command needs.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _parse(cli, "tracker", arguments, None)
    except click.exceptions.Exit:
        return None
    except click.MissingParameter as fault:
        return fault.format_message() if is_whole else None
    except click.BadParameter as fault:
        names_a_file = fault.param is not None and isinstance(fault.param.type, click.Path | click.File)
        return None if names_a_file else fault.format_message()
    except click.UsageError as fault:
        return fault.format_message()
    return None


def _parse(command: click.Command, name: str, arguments: list[str], parent: click.Context | None) -> None:
    context = command.make_context(name, list(arguments), parent)
    rest = [*context._protected_args, *context.args]
    if isinstance(command, click.Group) and rest:
        inner, found, left = command.resolve_command(context, rest)
        assert found is not None
        assert inner is not None
        _parse(found, inner, left, context)
