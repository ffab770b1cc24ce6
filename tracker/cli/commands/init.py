"""`init`: writes a first config, and the key into a separate file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tracker.cli.streams import note_done
from tracker.config.annotations import field_type_of
from tracker.config.faults import ConfigError
from tracker.config.loader import find, parse
from tracker.config.scalars import read
from tracker.config.settings import Address, Money
from tracker.config.settings import Name as NameText
from tracker.config.sources import secret_fault
from tracker.config.template import Answers, first_config
from tracker.panel.dialects.built_in import BASES

TAGRANI = "https://tagrani.com/api/v1"


KINDS: dict[str, object] = {"name": NameText, "address": Address, "amount": Money}
"""Texts that the config has a type for."""


class Checked(click.ParamType):  # type: ignore[type-arg]  # older releases of click take no argument
    """A text that is checked as in the config. A refused text is not repeated in the message: it may be a key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; a usage error says what to write instead."""
        wrong = _fault_in(self.name, str(value).strip())
        if wrong:
            self.fail(wrong, param, ctx)
        return str(value).strip()


def _fault_in(name: str, text: str) -> str:
    if name not in KINDS:
        wrong = secret_fault(text)
        return f"it {wrong}" if wrong else ""
    try:
        read(text, field_type_of(KINDS[name]))
    except ValueError as error:
        return str(error)
    return ""


TYPES = {
    "dialect": click.Choice(list(BASES)),
    "panel": Checked("name"),
    "url": Checked("address"),
    "low": Checked("amount"),
    "alert_url": Checked("secret"),
}

QUESTIONS = {
    "dialect": f"Which API does the panel have ({', '.join(BASES)})",
    "panel": "A name for the panel",
    "url": "The address of its API",
    "low": "Alert when the balance is below (empty: never)",
    "alert_url": "Where to send alerts, an apprise URL (empty: nowhere yet)",
}
"""The questions, in this order; an option that is given answers its own."""


@click.command()
@click.option("--panel", type=TYPES["panel"], metavar="NAME", help="Your name for the panel.")
@click.option("--url", type=TYPES["url"], help="The address of the panel's API.")
@click.option("--dialect", type=TYPES["dialect"], help="The dialect of the panel's API.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="A file with nothing but the API key. Without it you are asked for the key, "
    "and it is stored beside the config.",
)
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
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.  [default: config.yaml]",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option(
    "--yes", "--non-interactive", "quiet", is_flag=True, help="Ask nothing: use the options and defaults."
)
@click.pass_context
def init(
    ctx: click.Context, /, key_file: Path | None, output: Path | None, force: bool, quiet: bool, **given: str | None
) -> None:  # fmt: skip
    """Write a config file, from your answers or from options.

    The file explains itself, and only you can read it. The key is written into a separate file.
    """
    path = output or (ctx.parent and ctx.parent.params.get("config")) or Path("config.yaml")
    _refuse_to_overwrite(path, force)
    chosen = _chosen(given, quiet)
    own_key = path.parent / f"{chosen['panel']}.key"
    key = None if key_file else _ask_key(quiet, own_key, force)
    answers = Answers(key_file=_from_folder(key_file or own_key, path), **chosen)
    _write(path, answers, own_key, key, force)
    _print_next_steps(path, own_key if key else None)


def _refuse_to_overwrite(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise click.UsageError(
            f"{path} already exists: choose another --output, or overwrite it with --force"
        )


def _chosen(given: dict[str, str | None], quiet: bool) -> dict[str, str]:
    """Return every answer: the option's, else the user's, or the default where nothing may be asked."""
    chosen: dict[str, str] = {}
    for name, question in QUESTIONS.items():
        answer, default = given[name], _default(name, chosen.get("dialect"))
        if answer is None:
            answer = default if quiet else _ask(name, question, default)
        if answer is None:
            raise click.UsageError(f"--{name.replace('_', '-')} is needed when nothing may be asked")
        chosen[name] = answer
    return chosen


def _default(name: str, dialect: str | None) -> str | None:
    if name == "url":
        return TAGRANI if dialect == "tagrani" else None
    return {"dialect": "tagrani", "panel": "tagrani" if dialect == "tagrani" else "panel"}.get(name, "")


def _ask(name: str, question: str, default: str | None) -> str:
    def checked(text: str) -> str:
        return text if text == default else TYPES[name].convert(text, None, None)

    return str(click.prompt(question, default=default, show_default=bool(default), value_proc=checked))


def _ask_key(quiet: bool, path: Path, force: bool) -> str:
    if quiet:
        raise click.UsageError(
            "--key-file is needed when nothing may be asked: a file with nothing but the API key"
        )
    _refuse_to_overwrite(path, force)
    # Where there is no terminal nobody watches, and hiding the input would need one.
    hidden = sys.stdin.isatty()
    return str(click.prompt("The API key (not shown)", hide_input=hidden, type=Checked("secret")))


def _from_folder(key_file: Path, config: Path) -> str:
    """Return the key file's path as the config should name it: relative where it is in the config's folder."""
    key, folder = key_file.absolute(), config.absolute().parent
    return str(key.relative_to(folder) if key.is_relative_to(folder) else key).replace("${", "$${")


def _write(path: Path, answers: Answers, own_key: Path, key: str | None, force: bool) -> None:
    """Write the key and the config, or neither."""
    _check(path, answers._replace(key_file=None) if key else answers)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if key:
        _write_private(own_key, f"{key}\n", force)
    try:
        _write_private(path, first_config(answers), force)
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


def _write_private(path: Path, text: str, force: bool) -> None:
    """Write a file that only its owner can read; with `force`, it replaces an existing file in one step."""
    target = path.with_name(f".{path.name}.{os.getpid()}.new") if force else path
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if force:
            target.replace(path)
    except OSError:
        target.unlink()
        raise


def _print_next_steps(path: Path, key: Path | None) -> None:
    try:
        is_found = find(None, os.environ).absolute() == path.absolute()
    except ConfigError:
        is_found = False
    tracker = "tracker" if is_found else f"tracker --config {path}"
    wrote = f"Wrote {path}{f' and {key}' if key else ''}; only you can read {'them' if key else 'it'}"
    note_done(wrote)
    click.echo(f"{wrote}. Next:")
    click.echo(f"  {tracker} check                        asks the panel for its services and balance")
    click.echo(f"  {tracker} add SERVICE LINK QUANTITY    queues an order")
    click.echo(f"  {tracker} run                          starts the daemon that places and follows orders")
