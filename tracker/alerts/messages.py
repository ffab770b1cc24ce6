"""The message of one notice, from its text and its facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Literal

from tracker.alerts.placeholders import NAMES, Words, words_of
from tracker.alerts.texts import TEXTS
from tracker.events import Event, Notice
from tracker.lib.times import rfc3339

Tone = Literal["info", "success", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to people: plain text, not yet shortened for its target. `event` is None for a digest."""

    title: str
    body: str
    event: Event | None = None
    tone: Tone = "info"


class _Text(Template):
    idpattern = "[a-z_]+"
    flags = re.ASCII


def message(notice: Notice, at: int, own: Mapping[str, str] = {}) -> Message:
    """Write the message of one notice; `at` is when it happened. `own` are texts in place of the defaults."""
    words, name = words_of(notice, at), text_name(notice)
    title, *lines = (own.get(name) or TEXTS[name]).strip("\n").split("\n")
    headline = " ".join(_filled(title, words, missing="–").split())
    body = [filled for line in lines for filled in _lines(line, words)]
    if "lasting" in words:
        headline = f"Still, after {words['lasting']}: {headline}"
        body.insert(0, f"This has lasted since {words.get('since')}.")
    return Message(headline, "\n".join([*body, rfc3339(at)]), notice.event, tone(notice))


def text_name(notice: Notice) -> str:
    """Return the name of the text for a notice: that of its kind, or that of its event."""
    kind = f"{notice.event}.{notice.facts.get('kind')}"
    return kind if kind in TEXTS else str(notice.event)


def _lines(line: str, words: Words) -> Iterator[str]:
    """Fill a line in: none when a word is missing, several when a word is a list."""
    names = _Text(line).get_identifiers()
    if any(name not in words for name in names):
        return
    several = next((name for name in names if isinstance(words[name], tuple)), None)
    for one in words[several] if several else ("",):
        yield _filled(line, {**words, several: one} if several else words)


def _filled(line: str, words: Words, missing: str = "") -> str:
    plain = {name: " ".join(word) if isinstance(word, tuple) else word for name, word in words.items()}
    return _Text(line).substitute({**dict.fromkeys(NAMES, missing), **plain})


def fault_in_text(name: str, text: str) -> str | None:
    """Say why a text cannot be used in place of the default of that name; None when it can."""
    if name not in TEXTS:
        return "no message has that name; `tracker alerts templates` lists them"
    if not text.strip():
        return "it is empty; the first line is the headline"
    template = _Text(text)
    if not template.is_valid():
        return "a $ must stand before a name, like $panel; write $$ for a plain $"
    if unknown := sorted(set(template.get_identifiers()) - NAMES):
        return f"there is no ${unknown[0]}; there are {', '.join(sorted(NAMES))}"
    return None


def tone(notice: Notice) -> Tone:
    """Say how bad news is."""
    return TONES.get(text_name(notice)) or TONES.get(str(notice.event), "info")


TONES: Mapping[str, Tone] = {
    "order.completed": "success",
    "order.adopted": "success",
    "order.unknown.settled": "success",
    "order.stuck.moves": "success",
    "balance.ok": "success",
    "panel.up": "success",
    "order.partial": "warning",
    "order.canceled": "warning",
    "order.stuck": "warning",
    "order.changed": "warning",
    "balance.low": "warning",
    "service.changed": "warning",
    "order.failed": "failure",
    "order.rejected": "failure",
    "order.unknown": "failure",
    "balance.short": "failure",
    "spend.unexplained": "failure",
    "panel.down": "failure",
    "panel.refused": "failure",
    "daemon.stopped.died": "failure",
    "alert.dead": "failure",
}
"""How bad the news of each event or kind is, where it is more than information; targets colour a message by it."""


CUT = "\n… (shortened)"


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters, between two lines or words: half a link leads astray."""
    if len(text) <= limit:
        return text
    room = limit - len(CUT)
    if room <= 0:
        return text[:limit]
    kept = text[: room + 1]
    for mark in ("\n", " "):
        if (at := kept.rfind(mark)) > room // 2:
            return kept[:at].rstrip() + CUT
    return text[:room] + CUT
