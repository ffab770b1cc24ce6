"""`init`: writes a first config, and the key into a separate file."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tracker.cli.no_daemon import start_command
from tracker.cli.output import print_json
from tracker.cli.setup.interview import TYPES, Interview
from tracker.cli.setup.private_files import (
    belongs_to_service,
    close_to_others,
    keep_keys_out_of_git,
    write_private,
)
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.config.faults import ConfigError
from tracker.config.loader import find, parse
from tracker.config.places import service_database
from tracker.config.sources import read_secret_file
from tracker.config.template import Answers, first_config
from tracker.lib.owners import user_name


@click.command()
@click.option("--url", type=TYPES["url"], help="The address of the panel's API.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="A file with nothing but the API key. Without it you are asked for the key, "
    "and it is stored beside the config.",
)
@click.option("--dialect", type=TYPES["dialect"], help="The dialect of its API; else the panel is asked.")
@click.option("--panel", type=TYPES["panel"], metavar="NAME", help="Your name for the panel.")
@click.option(
    "--low", type=TYPES["low"], metavar="AMOUNT", help="Send an alert when the balance is below this."
)
@click.option(
    "--alert-url",
    type=TYPES["alert_url"],
    metavar="URL",
    help="Where to send alerts: an apprise URL. ${NAME} in single quotes keeps a secret out of the shell's history.",
)
@click.option(
    "--digest",
    type=TYPES["digest"],
    metavar="DURATION",
    help="Gather alerts that are not urgent for this long: 15m, 2h.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [default: config.yaml]",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--offline", is_flag=True, help="Do not ask the panel, and send no test message.")
@click.option(
    "--yes", "--non-interactive", "quiet", is_flag=True, help="Ask nothing: use the options and defaults."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print what was written as JSON; the questions go to stderr."
)
@click.pass_context
def init(
    ctx: click.Context, /, key_file: Path | None, output: Path | None, force: bool, offline: bool, quiet: bool,
    as_json: bool, **given: str | None,
) -> None:  # fmt: skip
    """Write a config file, from your answers or from options.

    The panel is asked for its services and your balance as you go. The file explains itself, and only you can read it.
    The key is written into a separate file.
    """
    path = output or (ctx.find_root().params.get("config")) or Path("config.yaml")
    _refuse_to_overwrite(path, force)
    interview = Interview(given, quiet, offline, _key_in(key_file))
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        chosen = interview.hold()
    own_key = path.parent / f"{chosen['panel']}.key"
    if key_file and belongs_to_service(path.parent):
        key_file = _for_service(key_file, path)
    key = None if key_file else interview.key
    if key:
        _refuse_to_overwrite(own_key, force)
    answers = Answers(key_file=_from_folder(key_file or own_key, path), **chosen)
    _write(path, answers, own_key, key, force)
    ignored = keep_keys_out_of_git(path.parent) if key else None
    note_done(_written(path, own_key if key else None))
    if as_json:
        _print_json(path, key_file or own_key, chosen, ignored)
        return
    if ignored:
        click.echo(f"Added *.key to {ignored}, so that git does not take the key in.")
    _print_next_steps(path, own_key if key else None)


def _refuse_to_overwrite(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise click.UsageError(
            f"{path} already exists: choose another --output, or overwrite it with --force"
        )


def _key_in(key_file: Path | None) -> str | None:
    """Return the key that an option names a file for; a usage error when the config could not use that file."""
    if key_file is None:
        return None
    try:
        return read_secret_file(str(key_file), Path.cwd(), os.environ)
    except ValueError as error:
        raise click.UsageError(f"--key-file: {error}") from None


def _for_service(key_file: Path, config: Path) -> Path | None:
    """Let the service read a key that is in its folder; None for another place, from where the key is to be copied."""
    if not key_file.absolute().is_relative_to(config.absolute().parent):
        return None
    close_to_others(key_file)
    return key_file


def _from_folder(key_file: Path, config: Path) -> str:
    """Return the key file's path as the config should name it: relative where it is in the config's folder."""
    key, folder = key_file.absolute(), config.absolute().parent
    return str(key.relative_to(folder) if key.is_relative_to(folder) else key).replace("${", "$${")


def _write(path: Path, answers: Answers, own_key: Path, key: str | None, force: bool) -> None:
    """Write the key and the config, or neither."""
    _check(path, answers._replace(key_file=None) if key else answers)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if key:
        write_private(own_key, f"{key}\n", force)
    try:
        write_private(path, first_config(answers, service_database(path)), force)
    except OSError:
        if key:
            own_key.unlink()
        raise


def _check(path: Path, answers: Answers) -> None:
    """Refuse answers that make a config which no command could read. A key that is not stored yet may be any text."""
    try:
        parse(first_config(answers), path, os.environ)
    except ConfigError as error:
        lines = "\n".join(f"{fault.key}: {fault.what}" for fault in error.faults)
        raise click.UsageError(f"nothing was written:\n{lines}") from None


def _print_json(config: Path, key: Path, chosen: Mapping[str, str], ignored: Path | None) -> None:
    print_json({
        "config": str(config), "key_file": str(key), "panel": chosen["panel"], "url": chosen["url"],
        "dialect": chosen["dialect"], "gitignore": None if ignored is None else str(ignored),
    })  # fmt: skip


def _written(path: Path, key: Path | None) -> str:
    owner = path.stat().st_uid
    who = "you" if owner == os.geteuid() else user_name(owner)
    return f"Wrote {path}{f' and {key}' if key else ''}; only {who} can read {'them' if key else 'it'}"


def _print_next_steps(path: Path, key: Path | None) -> None:
    try:
        is_found = find(None, os.environ).absolute() == path.absolute()
    except ConfigError:
        is_found = False
    tracker = "tracker" if is_found else f"tracker --config {path}"
    owner = user_name(path.stat().st_uid)
    is_mine = path.stat().st_uid == os.geteuid()
    click.echo(f"{_written(path, key)}. Next:")
    tracker = tracker if is_mine else f"sudo -u {owner} {tracker}"
    start = start_command(path)
    start = f"{tracker} run" if start == "tracker run" else start
    room = len(tracker) + 30
    for command, what in (
        (f"{tracker} check", "asks the panel for its services and balance"),
        (f"{tracker} add SERVICE LINK QUANTITY", "queues an order"),
        (start, "starts the daemon that places and follows orders"),
    ):
        screen.say_beside(f"  {command:<{room}}", what)
