"""Delivers one message to one target, and says in plain words why it could not. The only home of apprise.

apprise is imported when the first message goes out: it costs 35 MB. It is asked once and never retries, because
the outbox does; and nothing that it logs leaves here, because below warnings it logs tokens and bodies.
"""

from __future__ import annotations

import difflib
import functools
import logging
import queue
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tracker.alerts import Message, shorten
from tracker.dialects.headers import retry_after
from tracker.redaction import Redactor, scrub
from tracker.times import HOUR, SECOND

if TYPE_CHECKING:
    from apprise import NotifyBase

HARD_LIMIT = 30.0
"""Seconds after which a delivery counts as failed, whatever the target is still doing."""

SHORTEST_WAIT, LONGEST_WAIT = 10.0, 20.0
"""Seconds for each step of a delivery, whatever the URL's own `cto` and `rto` say."""

LONGEST = 3500
"""Characters of a body: Telegram takes 4096 with its title, and nobody reads more on a telephone."""

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target took the message."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The target did not take it, as far as is known. `retry_after` (microseconds) is what it asked for itself."""

    why: str
    retry_after: int | None = None


def fault_in(url: str) -> str | None:
    """Say what is wrong with an alert URL, in a sentence without its secrets; None when it can be used."""
    scheme, found, _ = url.strip().partition("://")
    if not found:
        return (
            "an alert URL looks like tgram://TOKEN/CHAT or mailtos://user:password@host; this one has no ://"
        )
    with _hearing() as heard:
        plugin = _plugin(url)
    if plugin is not None:
        return None
    if (service := _services().get(scheme.lower())) is None:
        return _unknown_scheme(scheme.lower())
    told = _hidden(url, None).scrub(heard.warnings[0]) if heard.warnings else ""
    return f"it is not complete, or not right, for {service}" + (f": {told.rstrip('.')}" if told else "")


class Sender:
    """Sends to one target, one message at a time; a try returns within `limit` seconds and never raises."""

    def __init__(self, url: str, limit: float = HARD_LIMIT) -> None:
        self._url = url
        self._limit = limit
        self._run: threading.Thread | None = None

    def send(self, message: Message) -> Delivered | Undelivered:
        """Send one message."""
        if self._run is not None and self._run.is_alive():
            return Undelivered("it still holds the try before this one, and answers nothing")
        answers: queue.SimpleQueue[Delivered | Undelivered] = queue.SimpleQueue()
        # In a thread of its own, and one that holds up no exit: some targets keep a connection for ever.
        self._run = threading.Thread(
            target=lambda: answers.put(_attempt(self._url, message)), name="delivery", daemon=True
        )
        self._run.start()
        try:
            return answers.get(timeout=self._limit)
        except queue.Empty:
            return Undelivered(f"it did not answer within {self._limit:g} s")


def deliver(url: str, message: Message, limit: float = HARD_LIMIT) -> Delivered | Undelivered:
    """Send one message to one target."""
    return Sender(url, limit).send(message)


def _attempt(url: str, message: Message) -> Delivered | Undelivered:
    plugin: NotifyBase | None = None
    try:
        with _hearing() as heard:
            plugin = _plugin(url)
            if plugin is None:
                return Undelivered(
                    "its URL cannot be used; `tracker check --offline` says what is wrong with it"
                )
            if _send(plugin, message):
                return Delivered()
        return Undelivered(_hidden(url, plugin).scrub(_why(heard)), _retry_after(heard))
    except Exception as error:  # noqa: BLE001 - the services are many, and none may stop the others' alerts
        return Undelivered(_hidden(url, plugin).scrub(f"{type(error).__name__}: {error}"[:300]))


def _send(plugin: NotifyBase, message: Message) -> bool:
    """Hand the message to the service itself: apprise's own pool would let a target that hangs hold up the others."""
    from apprise import NotifyFormat, NotifyType
    from apprise.conversion import convert_between

    plugin.socket_connect_timeout = min(max(plugin.socket_connect_timeout, SHORTEST_WAIT), LONGEST_WAIT)
    plugin.socket_read_timeout = min(max(plugin.socket_read_timeout, SHORTEST_WAIT), LONGEST_WAIT)
    title = _one_line(message.title, min(LONGEST_TITLE, plugin.title_maxlen or LONGEST_TITLE))
    beside = 0 if plugin.title_maxlen else len(title) + 2
    body = shorten(message.body, max(40, min(LONGEST, plugin.body_maxlen) - beside))
    # What the service speaks, HTML say, is made from text, so that < and & in links arrive as they are.
    spoken = plugin.resolve_format(NotifyFormat.TEXT)
    body = convert_between(NotifyFormat.TEXT, spoken, body)  # type: ignore[no-untyped-call]
    if not plugin.title_maxlen:
        title = convert_between(NotifyFormat.TEXT, spoken, title)  # type: ignore[no-untyped-call]
    kind = NotifyType(message.tone)
    return plugin.notify(body=body, title=title, notify_type=kind, body_format=spoken, body_passthrough=False)


def as_html(text: str) -> str:
    """Return a text as a service gets it that speaks HTML."""
    _services()
    from apprise import NotifyFormat
    from apprise.conversion import convert_between

    html = str(convert_between(NotifyFormat.TEXT, NotifyFormat.HTML, text))  # type: ignore[no-untyped-call]
    return html.replace("&nbsp;", " ")


def _one_line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


# -- apprise --------------------------------------------------------------------------------------------

_loading = threading.Lock()


@functools.cache
def _services() -> dict[str, str]:
    """Load apprise and all its services; return the name of each service by its URL's scheme."""
    # Modules of the standard library that are to go warn at import; that is nobody's business here.
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from apprise.manager_plugins import NotificationManager

        manager = NotificationManager()  # type: ignore[no-untyped-call]
        _listen_to_answers()
        schemes = manager.schemas()  # type: ignore[no-untyped-call]
        return {str(scheme): str(manager[scheme].service_name) for scheme in schemes}


def _plugin(url: str) -> NotifyBase | None:
    """Return the service that a URL names, set up for one message; None when the URL cannot be used."""
    _services()
    from apprise import Apprise, AppriseAsset

    # A redirected POST becomes a GET, and a lost message would count as delivered.
    asset = AppriseAsset(app_id="tracker", app_desc="tracker", app_url="", http_redirects=False)
    return Apprise.instantiate(url, asset=asset)


def _unknown_scheme(scheme: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme):
        return "what stands before :// names no service; see the list at https://appriseit.com/services/"
    if scheme in ("http", "https"):
        return f"{scheme}:// names no service; to post JSON to a web address, write {scheme.replace('http', 'json')}://"
    near = difflib.get_close_matches(scheme, _services(), 1)
    hint = f"did you mean {near[0]}://?" if near else "see the list at https://appriseit.com/services/"
    return f"no service is called {scheme}://; {hint}"


def _hidden(url: str, plugin: NotifyBase | None) -> _Scrubber:
    """Return what hides every part of a URL but those that apprise itself would show."""
    shown = plugin.url(privacy=True) if plugin is not None else ""  # type: ignore[no-untyped-call]
    return _Scrubber(Redactor(_parts(url) - _parts(shown)))


def _parts(url: str) -> frozenset[str]:
    raw = [part for part in re.split(r"[/:@?&=#,;\s]+", url) if part]
    return frozenset({*raw, *map(unquote, raw)})


@dataclass(frozen=True, slots=True)
class _Scrubber:
    url_parts: Redactor

    def scrub(self, text: str) -> str:
        """Hide the URL's own secrets, then all others."""
        return scrub(self.url_parts.scrub(" ".join(text.split())))


# -- what apprise says ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Heard:
    """What apprise logged in one thread."""

    warnings: list[str]
    details: list[str]
    #: The headers of the last answer that bear on a wait.
    headers: dict[str, str] = field(default_factory=dict)


_ears = threading.local()


class _Ear(logging.Handler):
    """Takes down what is logged in a thread that listens, and drops all else."""

    def emit(self, record: logging.LogRecord) -> None:
        heard: _Heard | None = getattr(_ears, "heard", None)
        if heard is not None:
            into = heard.warnings if record.levelno >= logging.WARNING else heard.details
            into[30:] = [record.getMessage()[:1000]]


def _listen_to_answers() -> None:
    """Take down each `Retry-After`: apprise tells neither the header nor, often, the body of a refusal."""
    from requests import sessions

    def note(answer: Any, *_: object, **__: object) -> None:
        heard: _Heard | None = getattr(_ears, "heard", None)
        if heard is not None:
            heard.headers = {name: answer.headers.get(name, "") for name in ("retry-after", "date")}

    # Every call makes a session of its own; this is where a new one takes its hooks from.
    sessions.default_hooks = lambda: {"response": [note]}  # type: ignore[attr-defined]


@contextmanager
def _hearing() -> Iterator[_Heard]:
    """Listen to apprise in this thread."""
    logger = logging.getLogger("apprise")
    if not any(isinstance(handler, _Ear) for handler in logger.handlers):
        logger.handlers[:] = [_Ear()]
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # the true reason of a failure is told at this level only
    heard = _ears.heard = _Heard([], [])
    try:
        yield heard
    finally:
        _ears.heard = None


_REASONS: tuple[tuple[str, str], ...] = (
    (r"\((53[04578]), ", "the mail server refused the user name or the password ({})"),
    (r"': \((4\d\d), b'([^']*)", "the mail server put the recipient off for now ({}: {})"),
    (r"': \((5\d\d), b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"\((4\d\d), b'([^']*)", "the mail server put it off for now ({}: {})"),
    (r"\((5\d\d), b'([^']*)", "the mail server refused it ({}: {})"),
    (r"refused: (5\d\d) b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"refused: (4\d\d) b'([^']*)", "the mail server put the recipient off for now ({}: {})"),
    (r"certificate verify failed: ([^(\"]*)", "its TLS certificate is not trusted: {}"),
    (r"WRONG_VERSION_NUMBER|UNEXPECTED_EOF", "it does not speak TLS there; check the port and the mode"),
    (r"STARTTLS extension not supported", "the mail server offers no STARTTLS"),
    (r"AUTH extension not supported", "the mail server takes no password on this connection"),
    (r"Connection refused", "the connection was refused"),
    (
        r"(?:Name or service not known|Failed to resolve|nodename nor|name resolution)",
        "its host name is not known",
    ),
    (r"(?:timed out|Timeout)", "it did not answer in time"),
    (r"(?:Network is unreachable|No route to host)", "there is no route to it"),
    (
        r"(?:Connection (?:reset|aborted)|unexpectedly closed|Remote end closed|Broken pipe)",
        "it closed the connection",
    ),
    (r"Failed to send [^:]*: (.*), error=(\d+)", "it answered {1}: {0}"),
    (r"error=(3\d\d)", "it answered {} and wants to be asked elsewhere; set its right address in the URL"),
    (r"(?:Failed to send .*?: |notification: )?([A-Z][^:]*?), error=(\d+)", "it answered {1}: {0}"),
    (r"error=(\d+)", "it answered {}"),
)
"""What apprise's own words mean, the most telling first."""


def _why(heard: _Heard) -> str:
    """Say why a delivery failed, from what was logged."""
    told = [line for line in heard.details if line.startswith("Socket Exception")]
    for text in (*told, *heard.warnings):
        for pattern, sentence in _REASONS:
            if found := re.search(pattern, text):
                return sentence.format(*(group or "" for group in found.groups()))[:300]
    return (heard.warnings[-1] if heard.warnings else "it was not taken, and no reason was given")[:300]


def _retry_after(heard: _Heard) -> int | None:
    """Return how long a target asked to be left alone, in microseconds; at most an hour is obeyed."""
    if (asked := retry_after(heard.headers)) is not None:
        return min(asked, HOUR)
    found = re.search(r"(?i)retry[ _-]after[\"':=\s]*(\d{1,6})", " ".join([*heard.warnings, *heard.details]))
    return min(int(found[1]) * SECOND, HOUR) if found else None
