"""`alerts preview` and `alerts templates`: what the messages say, and how to change it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from tracker.alerts.channels.sender import as_html
from tracker.alerts.delivery import Delivery
from tracker.alerts.digest_message import digest
from tracker.alerts.messages import Message, message
from tracker.alerts.placeholders import NAMES
from tracker.alerts.samples import samples
from tracker.alerts.templates import languages, read, write_defaults
from tracker.alerts.texts import TEXTS
from tracker.alerts.webhook_body import webhook_body
from tracker.alerts.wording import Wording
from tracker.cli.completers import complete_events
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.faults import ConfigError
from tracker.events import Notice
from tracker.lib.counts import counted

SAMPLE_AT = 1_769_914_800_000_000
"""When the made-up events happen: microseconds."""


@click.command()
@click.argument("events", metavar="[EVENT]...", nargs=-1, shell_complete=complete_events)
@click.option("--html", is_flag=True, help="Show what a target gets that takes HTML, such as Telegram.")
@click.option("--webhook", is_flag=True, help="Show the JSON that a webhook gets.")
@json_option
@pass_session
def preview(session: Session, events: tuple[str, ...], html: bool, webhook: bool, as_json: bool) -> None:
    """Show what every message says, with made-up facts.

    EVENT shows only the messages of an event, or of a family such as `order.`.
    """
    if html and webhook:
        raise Refused("give --html or --webhook, not both")
    own = _wording(session)
    if webhook:
        _print_webhooks(events, own, as_json)
        return
    shown = {name: message(notice, SAMPLE_AT, own) for name, notice in _chosen(events).items()}
    if not events:
        shown["a digest"] = _digest(own)
    for name, text in shown.items():
        title, body = (as_html(text.title), as_html(text.body)) if html else (text.title, text.body)
        if as_json:
            print_json({"message": name, "tone": text.tone, "title": title, "body": body})
        else:
            screen.show(f"── {name} ({text.tone})\n{title}\n{body}\n")


def _wording(session: Session) -> Wording:
    """Return the wording of the config; without any config the default messages are shown."""
    try:
        config = session.config
    except ConfigError:
        return Wording(zone=None, service_name=_sample_name)
    own = read(config.templates)
    for fault in own.faults:
        screen.say(f"Warning: {fault}; the default text is used", err=True)
    return Wording(own.texts, own.phrases, config.timezone, _sample_name)


def _sample_name(_panel: str, service: str) -> str | None:
    return "Page likes" if service == "104" else None


def _chosen(events: tuple[str, ...]) -> dict[str, Notice]:
    known = samples()
    if unknown := [event for event in events if not any(name.startswith(event) for name in known)]:
        raise Refused(f"there is no message {unknown[0]}; the messages are: {', '.join(known)}")
    return {name: notice for name, notice in known.items() if not events or name.startswith(events)}


def _print_webhooks(events: tuple[str, ...], wording: Wording, as_json: bool) -> None:
    shown = {name: _body([(notice, SAMPLE_AT)], wording) for name, notice in _chosen(events).items()}
    if not events:
        shown["a digest"] = _body(_many(), wording)
    for name, body in shown.items():
        if as_json:
            print_json(body)
        else:
            click.echo(f"── {name}\n{json.dumps(body, ensure_ascii=False, indent=2)}\n")


def _body(notices: Iterable[tuple[Notice, int]], wording: Wording) -> Mapping[str, object]:
    alerts = [
        Delivery(number, "desk", notice, at, in_digest=False, attempts=0)
        for number, (notice, at) in enumerate(notices, 1)
    ]
    return webhook_body(alerts, {}, "desk", wording).json


def _digest(wording: Wording) -> Message:
    return digest(_many(), "desk", wording)


def _many() -> list[tuple[Notice, int]]:
    known = samples()
    many = ["order.completed"] * 12 + ["order.partial"] * 2 + ["order.canceled", "panel.up", "balance.ok"]
    return [(_numbered(known[name], 4700 + index), SAMPLE_AT + index) for index, name in enumerate(many)]


def _numbered(notice: Notice, number: int) -> Notice:
    order = notice.facts.get("order")
    return replace(notice, facts={**notice.facts, "order": {**order, "id": number}}) if order else notice


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write each text into a file of this folder. Files that exist stay as they are.",
)
@click.option("--language", type=click.Choice(languages()), help="With --to: the texts of this language.")
@json_option
def templates(folder: Path | None, language: str | None, as_json: bool) -> None:
    """Print the default texts of all messages, to change them.

    Name the folder of your texts as `templates:` in the config.
    """
    if folder is None and as_json:
        print_json(
            {"templates": {name: text.strip("\n") for name, text in TEXTS.items()}, "names": sorted(NAMES)}
        )
        return
    if folder is None:
        for name, text in TEXTS.items():
            click.echo(f"── {name}.txt{text}")
        click.echo(f"Names that a text may use: {' '.join(f'${name}' for name in sorted(NAMES))}")
        return
    written = write_defaults(folder, language)
    if as_json:
        print_json({"folder": str(folder), "written": [str(path) for path in written]})
        return
    screen.say(
        f"{counted(len(written), 'file')} written to {folder}; now name it in the config: templates: {folder}"
    )
