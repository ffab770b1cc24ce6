"""Groups of commands that import a command only when it is called, so that each command starts fast."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tracker import __version__
from tracker.lib.imports import import_without

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """Where a command is defined, and its line in the help of its group: the first line of its docstring."""

    module: str
    attribute: str
    help: str
    #: The heading under which the help lists it.
    group: str = "Commands"


_SAID_ELSEWHERE: Mapping[str, str] = {
    "ls": "list", "orders": "list", "start": "run", "daemon": "run", "serve": "run", "rm": "drop", "cancel": "drop",
    "delete": "drop", "wallet": "balance", "order": "add", "create": "add", "new": "add", "history": "show",
    "top": "watch", "catalogue": "services", "stop": "pause", "adopt": "resolve", "release": "resolve",
    "doctor": "check", "validate": "check", "info": "status", "export": "list --csv", "search": "services --search",
    "install": "service install", "uninstall": "service uninstall", "test": "alerts test", "unpause": "resume",
    "continue": "resume", "topup": "balance", "preview": "alerts preview",
}  # fmt: skip
"""What other programs call a command: what to write here."""

_LOG = "`tracker run` writes its log to stderr, and keeps no file; that of the service is in `journalctl -u tracker`"
_NO_COMMAND: Mapping[str, str] = {
    **dict.fromkeys(("log", "logs", "journal"), _LOG),
    "restart": "run `systemctl restart tracker` for the service; end `tracker run` with Ctrl-C and start it again",
    **dict.fromkeys(
        ("upgrade", "update"), "install the new version as you did the first, then `tracker service install`"
    ),
    "edit": "open the config in an editor (`tracker config show` names the file), then run `tracker reload`",
}
"""What people look for that is no command: the sentence that helps."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def __init__(
        self, name: str | None = None, *, entries: Mapping[str, CommandEntry], **settings: Any
    ) -> None:
        super().__init__(name, **settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        # structlog loads rich where it finds it: 10 MB and 20 ms, which only a table on a terminal needs.
        with import_without("rich"):
            command: click.Command = getattr(importlib.import_module(entry.module), entry.attribute)
        return _with_common_options(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; a usage error names the nearest ones where there is none."""
        name = args[0]
        if name == "help" and not ctx.resilient_parsing:
            self._show_help(ctx, args[1:])
        if name not in self.entries and name[:1].isalnum() and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {name!r}{self._suggestion(ctx, name)}")
        return super().resolve_command(ctx, args)

    def _show_help(self, ctx: click.Context, words: Sequence[str]) -> NoReturn:
        """Print the help of a command below this one, as `--help` does; of this one where none is named."""
        command: click.Command = self
        context = ctx
        for word in (one for one in words if one != "help" and not one.startswith("-")):
            inner = command.get_command(context, word) if isinstance(command, LazyGroup) else None
            if inner is None:
                hint = command._suggestion(context, word) if isinstance(command, LazyGroup) else ""
                ctx.fail(f"there is no command {word!r}{hint}")
            command, context = inner, click.Context(inner, info_name=word, parent=context)
        click.echo(command.get_help(context))
        ctx.exit()

    def _suggestion(self, ctx: click.Context, name: str) -> str:
        if name.lower() in _NO_COMMAND and ctx.parent is None:
            return f": {_NO_COMMAND[name.lower()]}"
        said = _SAID_ELSEWHERE.get(name.lower(), name.lower())
        is_known = said.partition(" ")[0] in self.entries
        near = [said] if is_known else get_close_matches(said, self.entries, 2)
        if not near:
            return f"; `{ctx.command_path} --help` lists the commands"
        return f"; did you mean {' or '.join(f'`{ctx.command_path} {one}`' for one in near)}?"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, by the entries; or an option of the group."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self.entries[name].help) for name in names]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their entries, under the headings of their groups, in the order of the entries."""
        width = max(map(len, self.entries))
        for group in dict.fromkeys(entry.group for entry in self.entries.values()):
            with formatter.section(group):
                formatter.write_dl(
                    [
                        (f"{name:<{width}}", one.help)
                        for name, one in self.entries.items()
                        if one.group == group
                    ]
                )


VERSION = click.version_option(__version__, "-V", "--version", message="tracker %(version)s", hidden=True)


def _with_common_options(command: click.Command) -> click.Command:
    """Let `--config` and `-V` stand after a command too: where people write it when they add it to a line."""
    if not any("--config" in param.opts for param in command.params):
        option = click.Option(
            ["--config", "config_file"],
            type=click.Path(path_type=Path),
            help="The config file; it may stand anywhere on the line.",
            expose_value=False,
            callback=_note_config,
        )
        command.params.append(option)
        VERSION(command)
    return command


def _note_config(ctx: click.Context, _param: click.Parameter, path: Path | None) -> None:
    if path is not None:
        ctx.find_root().params["config"] = path
