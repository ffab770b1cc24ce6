"""The command line: finds the command, and turns every expected failure into one plain sentence and an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tracker import __version__
from tracker.cli import streams
from tracker.cli.lazy import CommandEntry, LazyGroup


def _entry(place: str, help: str) -> CommandEntry:  # noqa: A002 - click's own word
    module, _, attribute = place.partition(":")
    return CommandEntry(f"tracker.cli.commands.{module}", attribute, help)


COMMANDS = {
    "add": _entry("add:add", "Queue one order; the daemon places it."),
    "alerts": _entry("alerts:alerts", "Test, list, preview and resend alerts."),
    "backup": _entry("backup:backup", "Copy the database to FILE, while the daemon runs."),
    "balance": _entry("balance:balance", "Ask the panels for their balances now."),
    "check": _entry("check:check", "Check the config, the alert URLs, the database and the panels."),
    "demo": _entry("demo:demo", "Show the whole story on a practice panel, in half a minute."),
    "drop": _entry("retry:drop", "Give up orders that are queued or unknown."),
    "import": _entry("import_:import_", "Queue many orders from a CSV, JSON Lines or Excel file."),
    "init": _entry("init:init", "Write a config file, from your answers or from options."),
    "list": _entry("list:list_", "List orders, the newest first."),
    "move": _entry("move:move", "Move the queue of a SQLite FILE into the config's database."),
    "pause": _entry("pause:pause", "Stop submitting to PANEL, or to all panels."),
    "plan": _entry("plan:plan", "Show what the queue, or FILE, will cost and how long it takes."),
    "practice": _entry("practice:practice", "Run a practice panel on this machine."),
    "reload": _entry("reload:reload", "Have the daemon read the config and its secrets again."),
    "rename-panel": _entry("rename_panel:rename_panel", "Move the orders of panel OLD to the name NEW."),
    "resolve": _entry("resolve:resolve", "Decide about an ORDER whose outcome is unknown."),
    "restore": _entry("restore:restore", "Put the backup FILE in place of the database."),
    "resume": _entry("pause:resume", "Submit to PANEL again, or to all, whatever stopped it."),
    "retry": _entry("retry:retry", "Queue orders again that were rejected, or dropped unsent."),
    "run": _entry("run:run", "Run the daemon in the foreground."),
    "schema": _entry("schema:schema", "Print the JSON Schema of the config file."),
    "service": _entry("service:service", "Install the daemon as a service, or remove it."),
    "services": _entry("services:services", "List the panels' services, with prices and limits."),
    "show": _entry("show:show", "Show one ORDER, its history and its evidence."),
    "status": _entry("status:status", "Show the queue, the balances, the daemon and the alerts."),
}
"""Every command. Its help is repeated here so that `tracker --help` imports none of them."""


@click.group(cls=LazyGroup, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The config file. The README says where it is looked for without this option.",
)
@click.version_option(__version__, message="tracker %(version)s")
def cli(config: Path | None) -> None:
    """Place orders at service panels, follow them to their end, and get alerts about what matters.

    First time here? `tracker demo` shows the whole story in half a minute, without an account.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that the contract gives."""
    os.umask(0o077)  # databases, backups and configs are nobody else's business
    streams.secure()
    # At its end Python looks for garbage among all that was imported, which takes a tenth of a short command's time.
    atexit.register(gc.freeze)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except streams.OutputLost as lost:
        code = streams.explain(lost)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command line; return the exit code."""
    try:
        code = cli.main(args=arguments, prog_name="tracker", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except streams.OutputLost:
        raise
    except Exception as error:
        # Here, because it loads the database, which `--help` and some commands do not need.
        from tracker.cli.failures import explain

        failed = explain(error)
        if failed is None:
            raise
        return failed
    return code if isinstance(code, int) else 0
