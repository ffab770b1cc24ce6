"""Delivers one message to one target of apprise, and says in plain words why a delivery failed.

apprise is imported with the first message: it costs 10 MB. It tries once and never retries, because the outbox
does; nothing that it logs is passed on, because below warnings it logs tokens and bodies.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tracker.alerts.channels.failures import capture_logs, retry_asked, why, why_broken
from tracker.alerts.channels.plugins import library, names, service_at, shape
from tracker.alerts.channels.tries import HARD_LIMIT_S, Delivered, Outcome, Tries, Undelivered
from tracker.alerts.messages import Message, shorten
from tracker.lib.redaction import Redactor, scrub

if TYPE_CHECKING:
    from apprise import NotifyBase

SHORTEST_WAIT_S, LONGEST_WAIT_S = 10.0, 20.0
"""Seconds for each step of a delivery: limits to the URL's own `cto` and `rto`."""

LONGEST = 3500
"""Characters of a body, at most: Telegram takes 4096 with the title, and nobody reads more on a phone."""

LONGEST_TITLE = 200


_UNQUOTED = re.compile(r"(?i)mailtos?://[^:/?#@\s]+:(?!\d+[/?])[^@\s]*[#/?][^@\s]*@")
"""A mail URL whose password would end too early: what stands before the @ has a mark that ends a password."""


def fault_in(url: str) -> str | None:
    """Say what is wrong with an alert URL, in a sentence without its secrets; None when it can be used."""
    scheme, found, _ = url.strip().partition("://")
    if not found:
        return (
            "an alert URL looks like tgram://TOKEN/CHAT or mailtos://user:password@host; this one has no ://"
        )
    if _UNQUOTED.match(url.strip()):
        return "the password contains # or / or ?, which end it in a URL: write %23 for #, %2F for / and %3F for ?"
    with capture_logs():
        usable = service_at(url) is not None
    if usable:
        return None
    if (service := names().get(scheme.lower())) is None:
        return _unknown_scheme(scheme.lower())
    return f"it is not complete, or not correct, for {service}: write it like {shape(scheme.lower())}"


class Sender:
    """Sends to one target, one message at a time; a try returns within `limit` seconds and never raises."""

    def __init__(self, url: str, limit: float = HARD_LIMIT_S) -> None:
        self._url = url
        self._tries = Tries(limit)

    def send(self, message: Message) -> Outcome:
        """Send one message."""
        return self._tries.run(lambda: _attempt(self._url, message))


def deliver(url: str, message: Message, limit: float = HARD_LIMIT_S) -> Outcome:
    """Send one message to one target."""
    return Sender(url, limit).send(message)


def _attempt(url: str, message: Message) -> Outcome:
    service: NotifyBase | None = None
    try:
        with capture_logs() as logs:
            service = service_at(url)
            if service is None:
                return Undelivered(
                    "its URL cannot be used; `tracker check --offline` says what is wrong with it"
                )
            if _send(service, message):
                return Delivered()
        return Undelivered(_redactor_of(url, service).scrub(why(logs)), retry_asked(logs))
    except Exception as error:  # noqa: BLE001 - none of the many services may stop the alerts of the others
        return Undelivered(_redactor_of(url, service).scrub(why_broken(error)))


def _send(plugin: NotifyBase, message: Message) -> bool:
    """Give the message to the service directly: in apprise's own pool, a target that hangs would delay the others."""
    from apprise import NotifyFormat, NotifyType
    from apprise.conversion import convert_between

    plugin.socket_connect_timeout = min(max(plugin.socket_connect_timeout, SHORTEST_WAIT_S), LONGEST_WAIT_S)
    plugin.socket_read_timeout = min(max(plugin.socket_read_timeout, SHORTEST_WAIT_S), LONGEST_WAIT_S)
    title = one_line(message.title, min(LONGEST_TITLE, plugin.title_maxlen or LONGEST_TITLE))
    used = 0 if plugin.title_maxlen else len(title) + 2
    body = shorten(message.body, max(40, min(LONGEST, plugin.body_maxlen) - used))
    # The text is converted to what the service expects, HTML for example, so that < and & in links stay intact.
    target_format = plugin.resolve_format(NotifyFormat.TEXT)
    body = convert_between(NotifyFormat.TEXT, target_format, body)  # type: ignore[no-untyped-call]
    if not plugin.title_maxlen:
        title = convert_between(NotifyFormat.TEXT, target_format, title)  # type: ignore[no-untyped-call]
    kind = NotifyType(message.tone)
    return plugin.notify(
        body=body, title=title, notify_type=kind, body_format=target_format, body_passthrough=False
    )


def as_html(text: str) -> str:
    """Return a text as a service that expects HTML gets it."""
    library()
    from apprise import NotifyFormat
    from apprise.conversion import convert_between

    html = str(convert_between(NotifyFormat.TEXT, NotifyFormat.HTML, text))  # type: ignore[no-untyped-call]
    return html.replace("&nbsp;", " ")


def one_line(text: str, limit: int) -> str:
    """Return a text in one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _unknown_scheme(scheme: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme):
        return "the part before :// names no service; see the list at https://appriseit.com/services/"
    if scheme in ("http", "https"):
        return (
            f"{scheme}:// names no service; to post JSON to a web address, write `webhook: {scheme}://…` in the place "
            f"of `url`, or for JSON that is not signed, write {scheme.replace('http', 'json')}://"
        )
    near = difflib.get_close_matches(scheme, names(), 1)
    hint = f"did you mean {near[0]}://?" if near else "see the list at https://appriseit.com/services/"
    return f"no service is called {scheme}://; {hint}"


def _redactor_of(url: str, plugin: NotifyBase | None) -> _Scrubber:
    """Return what hides every part of a URL except those that apprise itself would show."""
    shown = plugin.url(privacy=True) if plugin is not None else ""  # type: ignore[no-untyped-call]
    return _Scrubber(Redactor(_parts(url) - _parts(shown)))


def _parts(url: str) -> frozenset[str]:
    raw = [part for part in re.split(r"[/:@?&=#,;\s]+", url) if part]
    return frozenset({*raw, *map(unquote, raw)})


@dataclass(frozen=True, slots=True)
class _Scrubber:
    url_parts: Redactor

    def scrub(self, text: str) -> str:
        """Hide the secrets of the URL, then all others."""
        return scrub(self.url_parts.scrub(" ".join(text.split())))
