"""The help: what a group lists about a command is what the command says about itself."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.support.command_line import inner, root
from tracker.cli.lazy import CommandEntry, LazyGroup
from tracker.cli.main import cli


def entries(group: click.Context) -> Iterator[tuple[CommandEntry, click.Context]]:
    """Every command of a group and of the groups in it, with its entry."""
    if isinstance(group.command, LazyGroup):
        for name, entry in group.command.entries.items():
            found = inner(group, name)
            yield entry, found
            yield from entries(found)


COMMANDS = [
    pytest.param(entry, found.command, id=found.command_path.removeprefix("tracker "))
    for entry, found in entries(root())
]


@pytest.mark.parametrize(("entry", "command"), COMMANDS)
def test_the_listed_help_is_the_first_line_of_the_commands_own_help(
    entry: CommandEntry, command: click.Command
) -> None:
    assert command.help is not None
    assert command.help.splitlines()[0] == entry.help


@pytest.mark.parametrize(("entry", "command"), COMMANDS)
def test_the_listed_help_fits_on_one_line_of_a_terminal(entry: CommandEntry, command: click.Command) -> None:
    listed = f"  {command.name:<9}  {entry.help}"

    assert len(listed) <= 80
    assert entry.help.endswith(".")


@pytest.mark.parametrize(("entry", "command"), COMMANDS)
def test_the_help_of_each_option_is_a_sentence(entry: CommandEntry, command: click.Command) -> None:
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help[0].isupper() or option.help[0].isdigit(), option.help
            assert option.help.rstrip().endswith((".", "]", ")")), option.help


def test_the_help_of_a_group_lists_every_command() -> None:
    text = root().get_help()

    assert isinstance(cli, LazyGroup)
    for name, entry in cli.entries.items():
        assert name in text
        assert entry.help in text
