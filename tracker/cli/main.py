"""The command line: finds the command, and turns every expected failure into one plain sentence and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from tracker import __version__
from tracker.cli import streams
from tracker.cli.lazy import CommandEntry, LazyGroup
from tracker.cli.terminal import screen

COMPLETE = "_TRACKER_COMPLETE"
"""The variable by which a shell asks for completions."""

FIRST, ORDERS, PANELS, ALERTS, SERVICE = "First steps", "Orders", "Panels", "Alerts", "Service"
"""The headings of the help, in their order."""


def _entry(place: str, help: str, group: str = SERVICE) -> CommandEntry:  # noqa: A002 - click's own word
    module, _, attribute = place.partition(":")
    return CommandEntry(f"tracker.cli.commands.{module}", attribute, help, group)


COMMANDS = {
    "demo": _entry("demo:demo", "Show the whole story on a practice panel, in half a minute.", FIRST),
    "init": _entry("init:init", "Write a config file, from your answers or from options.", FIRST),
    "check": _entry("check:check", "Check the config, the alert URLs, the database and the panels.", FIRST),
    "practice": _entry("practice:practice", "Run a practice panel on this machine.", FIRST),
    "add": _entry("add:add", "Queue one order; the daemon places it.", ORDERS),
    "import": _entry("import_:import_", "Queue many orders from a CSV, JSON Lines or Excel file.", ORDERS),
    "plan": _entry("plan:plan", "Show what the queue, or FILE, will cost and how long it takes.", ORDERS),
    "list": _entry("list:list_", "List orders, the newest first.", ORDERS),
    "show": _entry("show:show", "Show one ORDER, its history and its evidence.", ORDERS),
    "retry": _entry("retry:retry", "Queue orders again that were rejected, or dropped unsent.", ORDERS),
    "drop": _entry("retry:drop", "Give up orders that are queued or unknown.", ORDERS),
    "approve": _entry("retry:approve", "Let queued orders go that wait for your word.", ORDERS),
    "recurring": _entry(
        "recurring:recurring", "List, add and remove orders that are queued again and again.", ORDERS
    ),
    "tag": _entry("tag:tag", "Put tags on orders, or take them away, whatever their state.", ORDERS),
    "resolve": _entry("resolve:resolve", "Decide about an ORDER whose outcome is unknown.", ORDERS),
    "refill": _entry("requests:refill", "Ask the panel to refill orders whose count fell.", ORDERS),
    "cancel": _entry("requests:cancel", "Ask the panel to cancel orders that it is carrying out.", ORDERS),
    "services": _entry("services:services", "List the panels' services, with prices and limits.", PANELS),
    "balance": _entry("balance:balance", "Ask the panels for their balances now.", PANELS),
    "report": _entry(
        "report:report",
        "Show what orders cost in a month, and what the wallet says.",
        PANELS,
    ),
    "pause": _entry("pause:pause", "Stop submitting to PANEL, or to all panels.", PANELS),
    "resume": _entry("pause:resume", "Submit to PANEL again, or to all, whatever stopped it.", PANELS),
    "rename-panel": _entry(
        "rename_panel:rename_panel", "Move the orders of panel OLD to the name NEW.", PANELS
    ),
    "alerts": _entry("alerts:alerts", "Test, list, preview, silence and resend alerts.", ALERTS),
    "run": _entry("run:run", "Run the daemon in the foreground."),
    "service": _entry("service:service", "Install the daemon as a service, or remove it."),
    "reload": _entry("reload:reload", "Have the daemon read the config and its secrets again."),
    "status": _entry("status:status", "Show whether all is well, what goes on, and what needs you."),
    "watch": _entry("watch:watch", "Watch orders, wallets and alerts live; pause and resume."),
    "web": _entry("web:web", "Serve the page beside the daemon."),
    "config": _entry("config:config", "Show the config that is in force."),
    "schema": _entry("schema:schema", "Print the JSON Schema of the config file."),
    "backup": _entry("backup:backup", "Copy the database to FILE, while the daemon runs."),
    "restore": _entry("restore:restore", "Put the backup FILE in place of the database."),
    "move": _entry("move:move", "Move the queue of a SQLite FILE into the config's database."),
    "completion": _entry("completion:completion", "Print what lets a shell complete commands and orders."),
    "version": _entry("version:version", "Print the version."),
}
"""Every command. Its help is repeated here so that `tracker --help` imports none of them."""


@click.group(
    cls=LazyGroup,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`tracker help COMMAND`, or `tracker COMMAND --help`, tells all about a command.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The config file; it may stand anywhere on the line. Without it: $TRACKER_CONFIG, ./config.yaml, "
    "~/.config/tracker/config.yaml, /etc/tracker/config.yaml.",
)
@click.version_option(__version__, "-V", "--version", message="tracker %(version)s")
def cli(config: Path | None) -> None:
    """Place orders at service panels, follow them to their end, and get alerts about what matters.

    First time here? `tracker demo` shows the whole story in half a minute, without an account.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that the contract gives."""
    os.umask(0o077)  # databases, backups and configs are nobody else's business
    streams.secure()
    if COMPLETE in os.environ:
        _complete(arguments)
    # At its end Python looks for garbage among all that was imported, which takes a tenth of a short command's time.
    atexit.register(gc.freeze)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except streams.OutputLost as lost:
        code = streams.explain(lost)
    sys.exit(code)


def _complete(arguments: Sequence[str] | None) -> NoReturn:
    """Answer a shell that completes a line; whatever is wrong, it gets no message into the line that is typed."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        try:
            cli.main(args=arguments, prog_name="tracker", complete_var=COMPLETE)
        except (Exception, SystemExit):  # noqa: BLE001 - a line that cannot be completed is simply not
            with contextlib.suppress(streams.OutputLost):
                sys.stdout.flush()
    sys.exit(0)


def _show(error: click.ClickException) -> None:
    """Print what is wrong; with the usage of the command where it was used wrongly."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)  # the help of a group that was named without a command
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        context = error.ctx
        click.echo(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n", err=True)
    screen.say(f"Error: {error.format_message()}", err=True)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command line; return the exit code."""
    try:
        code = cli.main(args=arguments, prog_name="tracker", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
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
