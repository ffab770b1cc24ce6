"""`alerts preview`, `alerts templates`: what the messages say, and how to change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session

if TYPE_CHECKING:
    from tracker.alerts.messages import Message
    from tracker.events import Notice


@click.command()
@click.argument("events", metavar="[EVENT]...", nargs=-1)
@click.option("--html", is_flag=True, help="As a target gets it that speaks HTML, such as Telegram.")
@json_option
@click.pass_obj
def preview(session: Session, events: tuple[str, ...], html: bool, as_json: bool) -> None:
    """Show every message with made-up facts, single and as a digest; or only those of some events."""
    from tracker.alerts.messages import message

    own = _own(session)
    shown = {name: message(notice, SAMPLE_AT, own) for name, notice in _wanted(events).items()}
    if not events:
        shown["a digest"] = _digest(own)
    for name, told in shown.items():
        title, body = (told.title, told.body) if not html else _as_html(told.title, told.body)
        if as_json:
            print_json({"message": name, "tone": told.tone, "title": title, "body": body})
        else:
            click.echo(f"── {name} ({told.tone})\n{title}\n{body}\n")


SAMPLE_AT = 1_769_914_800_000_000


def _own(session: Session) -> dict[str, str]:
    """Return the texts of the config's folder; the messages can be read without any config, too."""
    from tracker.alerts.templates import read
    from tracker.config.faults import ConfigError

    try:
        texts, faults = read(session.config.templates)
    except ConfigError:
        return {}
    for fault in faults:
        click.echo(f"Warning: {fault}; the default text is used", err=True)
    return texts


def _wanted(events: tuple[str, ...]) -> dict[str, Notice]:
    from tracker.alerts.samples import samples

    known = samples()
    if unknown := [one for one in events if not any(name.startswith(one) for name in known)]:
        raise Refused(f"there is no message {unknown[0]}; there are {', '.join(known)}")
    return {name: notice for name, notice in known.items() if not events or name.startswith(events)}


def _digest(own: dict[str, str]) -> Message:
    from tracker.alerts.digests import digest
    from tracker.alerts.samples import samples

    known = samples()
    many = ["order.completed"] * 12 + ["order.partial"] * 2 + ["order.canceled", "panel.up", "balance.ok"]
    told = [(_numbered(known[name], 4700 + index), SAMPLE_AT + index) for index, name in enumerate(many)]
    return digest(told, "desk", own)


def _numbered(notice: Notice, number: int) -> Notice:
    order = notice.facts.get("order")
    return replace(notice, facts={**notice.facts, "order": {**order, "id": number}}) if order else notice


def _as_html(title: str, body: str) -> tuple[str, str]:
    from tracker.alerts.channels.sender import as_html

    return as_html(title), as_html(body)


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each into a file of this folder; files that are there stay as they are.",
)
def templates(folder: Path | None) -> None:
    """Print the default texts of all messages, to change them: name the folder as `templates:` in the config."""
    from tracker.alerts.placeholders import NAMES
    from tracker.alerts.templates import write_defaults
    from tracker.alerts.texts import TEXTS

    if folder is None:
        for name, text in TEXTS.items():
            click.echo(f"── {name}.txt{text}")
        click.echo(f"Names that a text may use: {' '.join(f'${name}' for name in sorted(NAMES))}")
        return
    written = write_defaults(folder)
    click.echo(f"{len(written)} texts written to {folder}; now name it in the config: templates: {folder}")
