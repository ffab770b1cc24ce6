"""The command line: finds the command, and turns every expected fault into one plain sentence and a code."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tracker import __version__
from tracker.cli.session import Session

COMMANDS = {
    "add": "tracker.cli.commands.add:add",
    "alerts": "tracker.cli.commands.alerts:alerts",
    "backup": "tracker.cli.commands.backup:backup",
    "balance": "tracker.cli.commands.panels:balance",
    "check": "tracker.cli.commands.check:check",
    "demo": "tracker.cli.commands.demo:demo",
    "drop": "tracker.cli.commands.resolve:drop",
    "import": "tracker.cli.commands.import_:import_",
    "init": "tracker.cli.commands.init:init",
    "list": "tracker.cli.commands.orders:list_",
    "move": "tracker.cli.commands.move:move",
    "pause": "tracker.cli.commands.panels:pause",
    "practice": "tracker.cli.commands.practice:practice",
    "resolve": "tracker.cli.commands.resolve:resolve",
    "resume": "tracker.cli.commands.panels:resume",
    "retry": "tracker.cli.commands.resolve:retry",
    "run": "tracker.cli.commands.run:run",
    "schema": "tracker.cli.commands.schema:schema",
    "services": "tracker.cli.commands.panels:services",
    "show": "tracker.cli.commands.orders:show",
    "status": "tracker.cli.commands.status:status",
}
"""Where each command lives; a command's module is imported when it is called, so that each starts fast."""

FAILED, WRONG_CONFIG = 1, 78


class LazyGroup(click.Group):
    """A group that imports a command only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The config file; see the README for where else it is looked for.",
)
@click.version_option(__version__, message="tracker %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Place orders at service panels, follow them to their ends, and hear of what matters.

    First time here? `tracker demo` shows the whole story in half a minute, without an account.
    """
    ctx.obj = Session(config)
    ctx.call_on_close(ctx.obj.close)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that the contract gives."""
    os.umask(0o077)  # databases, backups and configs are nobody else's business
    # At its end Python looks for garbage among all that was imported, which takes a tenth of a short command's time.
    atexit.register(gc.freeze)
    try:
        code = cli.main(args=arguments, prog_name="tracker", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  the reader has gone; stay quiet at exit too
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  the edge: known faults become a sentence, a bug keeps its traceback
        sys.exit(_explained(error))
    sys.exit(code if isinstance(code, int) else 0)


def _explained(error: Exception) -> int:
    """Print a known fault as a sentence and return its exit code; raise what is not known."""
    from tracker.config.faults import ConfigError
    from tracker.store.database import StorageFault

    if isinstance(error, ConfigError):
        _say(*(str(fault) for fault in error.faults))
        return WRONG_CONFIG
    if isinstance(error, StorageFault):
        _say(f"Error: {error}")
        return FAILED
    if isinstance(error, OSError) and error.filename:
        _say(f"Error: {error.filename}: {error.strerror}")
        return FAILED
    raise error


def _say(*lines: Any) -> None:
    for line in lines:
        click.echo(line, err=True)
