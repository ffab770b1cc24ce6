"""The group `service`: installs the daemon as a service of this machine."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import click

from tracker.cli.lazy import CommandEntry, LazyGroup
from tracker.cli.output import json_option, print_json
from tracker.cli.service_steps import do_steps, show_remarks, show_steps
from tracker.cli.session import Refused
from tracker.cli.terminal import screen
from tracker.service.command import reach_fault, this_command
from tracker.service.install import install_plan
from tracker.service.layout import INSTANCE_NAME, TAKEN, USER, USER_NAME, Layout
from tracker.service.machine import installed, look
from tracker.service.running import running
from tracker.service.status import status_lines
from tracker.service.steps import Plan
from tracker.service.uninstall import uninstall_plan

ROOT = Path("/")


THIS = "tracker.cli.commands.service"

COMMANDS = {
    "install": CommandEntry(THIS, "install", "Install the service, or upgrade it."),
    "status": CommandEntry(
        THIS, "status", "Show what is installed, what differs, and whether the daemon runs."
    ),
    "uninstall": CommandEntry(
        THIS, "uninstall", "Remove the service. Your config, keys, orders and backups stay."
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def service() -> None:
    """Install the daemon as a service, or remove it.

    It writes the units of systemd, a config in /etc/tracker and all that belongs to them, and says each thing it does.
    """


def _checked_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and (not INSTANCE_NAME.fullmatch(name) or name in TAKEN):
        raise click.BadParameter(
            "letters, digits, and . _ - after the first; not the name of a file of tracker"
        )
    return name


def _checked_user(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and (not USER_NAME.fullmatch(name) or name == "root"):
        raise click.BadParameter("the name of a system user, and not root")
    return name


def _absolute(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    return path.absolute() if path is not None else None


name_option = click.option(
    "--name",
    metavar="NAME",
    callback=_checked_name,
    help="One of several services: its config is in /etc/tracker/NAME, its unit is tracker@NAME.",
)
root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT,
    metavar="DIR",
    callback=_absolute,
    help="Work in a folder that is the root of another system: an image, or a package.",
)
print_option = click.option("--print", "only_print", is_flag=True, help="Only say what would be done.")


@click.command()
@name_option
@click.option(
    "--user", metavar="USER", callback=_checked_user, help=f"The daemon runs as this user.  [default: {USER}]"
)
@click.option(
    "--command",
    "start",
    type=click.Path(path_type=Path),
    metavar="PATH",
    callback=_absolute,
    help="The command that the service starts.  [default: this one]",
)
@root_option
@print_option
@json_option
def install(
    name: str | None, user: str | None, start: Path | None, root: Path, only_print: bool, as_json: bool
) -> None:  # fmt: skip
    """Install the service, or upgrade it.

    It makes a user and folders, and writes the units, a first config, a daily backup and the command on the PATH.
    Your config is never overwritten; a unit that you changed is set aside. The same command again upgrades.
    """
    _refuse_config_option()
    layout = Layout(name, start or this_command(), _user(name, user, root))
    fault = _reach_fault(layout.command) if root == ROOT else None
    if fault is not None and not only_print:
        raise Refused(fault)
    plan = install_plan(layout, look(layout, root))
    _carry_out(plan, root, "install", only_print, as_json)
    show_remarks(plan if only_print else install_plan(layout, look(layout, root)), as_json)
    if fault is not None:
        screen.say(f"Warning: {fault}", err=True)


@click.command()
@name_option
@root_option
@print_option
@json_option
def uninstall(name: str | None, root: Path, only_print: bool, as_json: bool) -> None:
    """Remove the service. Your config, keys, orders and backups stay."""
    layout = _layout(name, root)
    plan = uninstall_plan(layout, look(layout, root))
    _carry_out(plan, root, "uninstall", only_print, as_json)
    show_remarks(plan, as_json)


@click.command()
@name_option
@root_option
@json_option
def status(name: str | None, root: Path, as_json: bool) -> int:
    """Show what is installed, what differs, and whether the daemon runs.

    The exit code is 0 when all is as it should be, else 1.
    """
    layout = _layout(name, root)
    seen = look(layout, root)
    lines = status_lines(layout, seen, running(layout, seen, root))
    for line in lines:
        if as_json:
            print_json({"what": line.what, "text": line.text, "well": line.is_well})
        else:
            click.echo(f"{'  ' if line.is_well else '! '}{line.what:<8} {line.text}")
    return 0 if all(line.is_well for line in lines) else 1


def _user(name: str | None, user: str | None, root: Path) -> str:
    """Return the user of a service: all of a machine have the same, as the folders of one are inside the other's."""
    own, other = installed(name, root), installed(None if name else "other", root)
    fixed = other or (own if name else None)
    if fixed is not None and user not in (None, fixed.user):
        raise Refused(f"the services of a machine run as one user, and here that is {fixed.user}")
    known = fixed or own
    return user or (known.user if known else USER)


def _layout(name: str | None, root: Path) -> Layout:
    """Return the layout of what is installed, whichever command asks; else of what would be."""
    _refuse_config_option()
    return installed(name, root) or Layout(name, this_command())


def _refuse_config_option() -> None:
    if click.get_current_context().find_root().params.get("config") is not None:
        raise Refused("a service reads the config in /etc/tracker: leave --config out, and copy yours there")


def _reach_fault(command: Path) -> str | None:
    """Say why a service could not start a command, and the cure; None when it could."""
    fault = reach_fault(command)
    if fault is None:
        return None
    return (
        f"the service could not start {command}: {fault}. Install tracker where all users can reach it, "
        "and run this again from there: python3 -m venv /opt/tracker && /opt/tracker/bin/pip install …"
    )


def _carry_out(plan: Plan, root: Path, word: str, only_print: bool, as_json: bool) -> None:
    if only_print:
        show_steps(plan, as_json)
        return
    _refuse_unless_root(root, word)
    do_steps(plan, root, word, as_json)


def _refuse_unless_root(root: Path, word: str) -> None:
    if root == ROOT and os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid()).pw_name
        how = f"sudo {this_command()} service {word}"
        raise Refused(f"only root can change the services, and you are {me}: run `{how}`")
