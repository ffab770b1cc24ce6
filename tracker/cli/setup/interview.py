"""The questions of `init`: the panel is asked as they go, and an alert URL is tried."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

import click

from tracker.cli.setup.asking import ask, confirm
from tracker.cli.setup.panel_trial import Trial, try_panel
from tracker.cli.terminal import screen
from tracker.config.annotations import field_type_of
from tracker.config.kinds import Address, Duration, Money
from tracker.config.kinds import Name as NameText
from tracker.config.scalars import read
from tracker.config.sources import expand, secret_fault
from tracker.events import Event, Notice
from tracker.lib.clock import now
from tracker.orders.quantity import plain_amount
from tracker.panel.dialects.built_in import BASES, named

TAGRANI = "https://tagrani.com/api/v1"


KINDS: dict[str, object] = {
    "name": NameText, "address": Address, "amount": Money, "duration": Duration
}  # fmt: skip
"""Texts that the config has a type for."""


class Checked(click.ParamType):  # type: ignore[type-arg]  # older releases of click take no argument
    """A text that is checked as in the config. A refused text is not repeated in the message: it may be a key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; a usage error says what to write instead."""
        try:
            text = self.completed(str(value).strip())
            wrong = _fault_in(self.name, text)
        except ValueError as error:
            wrong = str(error)
        if wrong:
            self.fail(wrong, param, ctx)
        return text

    def completed(self, text: str) -> str:
        """Add what everybody leaves out: the scheme of an address."""
        is_bare = self.name == "address" and "://" not in text and re.match(r"[\w.-]+\.[a-z]{2,}(/|$)", text)
        return f"https://{text}" if is_bare else text


class Amount(Checked):
    """A sum of money, in digits of any script, with marks between thousands where they are clear."""

    def __init__(self) -> None:
        super().__init__("amount")

    def completed(self, text: str) -> str:
        """Return the amount as the config writes it; ValueError where it fits two."""
        return plain_amount(text)


class AlertUrl(Checked):
    """An alert URL. It is checked with its variables filled in, and kept as it was written."""

    def __init__(self) -> None:
        super().__init__("secret")

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; a usage error says what to write instead."""
        from tracker.alerts.channels.sender import fault_in  # it loads apprise

        text = super().convert(value, param, ctx)
        try:
            wrong = fault_in(expand(text, os.environ))
        except ValueError as error:
            wrong = str(error)
        if wrong:
            self.fail(wrong, param, ctx)
        return text


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
    "low": Amount(),
    "alert_url": AlertUrl(),
    "digest": Checked("duration"),
}

QUESTIONS = {
    "url": "The address of the panel's API",
    "key": "The API key (not shown)",
    "dialect": f"Which API does the panel have ({', '.join(BASES)})",
    "panel": "A name for the panel",
    "low": "Alert when the balance is below (empty: never)",
    "alert_url": "Where to send alerts, an apprise URL (empty: nowhere yet)",
    "digest": "Gather alerts that are not urgent for this long (empty: send each at once)",
}
"""The questions, in this order; an option that is given answers its own."""


class Interview:
    """Finds every answer: an option's, else the user's, or the default where nothing may be asked."""

    def __init__(self, given: dict[str, str | None], quiet: bool, offline: bool, key: str | None) -> None:
        self.key = key
        self._given = given
        self._quiet = quiet
        self._offline = offline

    def hold(self) -> dict[str, str]:
        """Return the answers by their names in the config's template."""
        chosen = self._account()
        for name in ("panel", "low", "alert_url"):
            chosen[name] = self._answer(name, _default(name, chosen))
        self._try_target(chosen)
        has_target = bool(chosen["alert_url"])
        chosen["digest"] = self._answer("digest", "" if self._quiet else "15m") if has_target else ""
        return chosen

    def _answer(self, name: str, default: str | None) -> str:
        answer = self._given.get(name)
        if answer is None and self._quiet:
            answer = default
        elif answer is None:
            answer = ask(QUESTIONS[name], lambda text: str(TYPES[name].convert(text, None, None)), default)
        if answer is None:
            raise click.UsageError(f"--{name.replace('_', '-')} is needed when nothing may be asked")
        return answer

    # -- the account --------------------------------------------------------------------------------------

    def _account(self) -> dict[str, str]:
        """Return the address and the dialect that the user is content with; `key` is the key then."""
        url = self._url()
        while True:
            key = self._known_key()
            trial = self._trial(url, key)
            if trial is None or trial.fault is None:
                return self._settled(trial.url if trial else url, trial, key)
            if self._quiet:
                raise click.UsageError(
                    f"the panel at {url} cannot be used: {trial.fault}. Add --offline to go on"
                )
            screen.say(f"  It cannot be used: {trial.fault}.")
            if trial.is_key_refused and self.key is None:
                continue  # only the key is wrong
            if confirm("Use it all the same?", default=False):
                return self._settled(url, None, key)
            url = self._url()

    def _url(self) -> str:
        return self._answer("url", TAGRANI if self._given["dialect"] in (None, "tagrani") else None)

    def _known_key(self) -> str:
        if self.key is not None:
            return self.key
        if self._quiet:
            raise click.UsageError(
                "--key-file is needed when nothing may be asked: a file with nothing but the API key"
            )
        return ask(QUESTIONS["key"], lambda text: Checked("secret").convert(text, None, None), hidden=True)

    def _trial(self, url: str, key: str) -> Trial | None:
        """Ask the panel; None when it is not to be asked."""
        dialect = self._given["dialect"]
        if self._offline or (self._quiet and (dialect is not None or url == TAGRANI)):
            return None
        click.echo("  Asking the panel …")
        return try_panel(url, key, BASES.values() if dialect is None else [named(dialect)])

    def _settled(self, url: str, trial: Trial | None, key: str) -> dict[str, str]:
        self.key = key
        if trial is None or trial.dialect is None:
            return {
                "url": url,
                "dialect": self._answer("dialect", "tagrani" if "tagrani" in url else "perfectpanel"),
            }
        screen.say(f"  {trial}")
        if trial.example:
            screen.say(f"  {trial.example}. If that is wrong, so is the dialect: give --dialect.")
        return {"url": url, "dialect": trial.dialect.name}

    # -- alerts -------------------------------------------------------------------------------------------

    def _try_target(self, chosen: dict[str, str]) -> None:
        """Send a test message, and ask for the URL again while it does not arrive and the user wants another."""
        while chosen["alert_url"] and not self._quiet and not self._offline:
            if not confirm("Send a test message there now?", default=True):
                return
            fault = send_test(chosen["alert_url"])
            if fault is None:
                click.echo("  It was sent: look whether it has arrived.")
                return
            screen.say(f"  It could not be sent: {fault}")
            if self._given["alert_url"] is not None or confirm("Keep this URL all the same?", default=False):
                return
            chosen["alert_url"] = self._answer("alert_url", "")


def _default(name: str, chosen: dict[str, str]) -> str | None:
    if name == "panel":
        labels = (urlsplit(chosen["url"]).hostname or "").removeprefix("www.").split(".")
        named_after = labels[-2] if len(labels) > 1 and not labels[-1].isdigit() else "panel"
        return named_after if not _fault_in("name", named_after) else "panel"
    return ""


def send_test(url: str) -> str | None:
    """Send a test message to an alert URL; say why it could not be sent, or None."""
    from tracker.alerts.channels.sender import deliver  # it loads apprise
    from tracker.alerts.channels.tries import Delivered
    from tracker.alerts.messages import message

    notice = Notice(Event.ALERT_TEST, facts={"target": "ops"})
    sent = deliver(expand(url, os.environ), message(notice, now()))
    return None if isinstance(sent, Delivered) else sent.why
