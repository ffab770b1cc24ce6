"""The message of one notice, from its text and its facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Literal

from tracker.alerts.placeholders import NAMES, Values, values_of
from tracker.alerts.texts import TEXTS
from tracker.alerts.wording import ENGLISH, Wording
from tracker.events import Event, Notice
from tracker.lib.right_to_left import isolated, reads_right_to_left

Tone = Literal["info", "success", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a target: plain text, not yet shortened for it. `event` is None for a digest."""

    title: str
    body: str
    event: Event | None = None
    tone: Tone = "info"


class _Text(Template):
    idpattern = "[a-z_]+"
    flags = re.ASCII


def message(notice: Notice, at: int, wording: Wording = ENGLISH) -> Message:
    """Write the message of one notice; `at` is when it happened (microseconds)."""
    values, name = values_of(notice, at, wording), text_name(notice)
    title, *lines = wording.text(name).strip("\n").split("\n")
    headline = " ".join(_filled(title, values, missing="–").split())
    body = [filled for line in lines for filled in _lines(line, values)]
    if "lasting" in values:
        headline = wording.say("Still, after {span}: {headline}", span=values["lasting"], headline=headline)
        body.insert(0, wording.say("This has lasted since {time}.", time=values.get("since")))
    return Message(headline, "\n".join([*body, wording.time(at)]), notice.event, tone(notice))


def text_name(notice: Notice) -> str:
    """Return the name of the text for a notice: `event.kind` where there is such a text, else its event."""
    kind = f"{notice.event}.{notice.facts.get('kind')}"
    return kind if kind in TEXTS else str(notice.event)


def _lines(line: str, values: Values) -> Iterator[str]:
    """Fill in a line: nothing when a fact is missing, several lines when a fact is a list."""
    names = _Text(line).get_identifiers()
    if any(name not in values for name in names):
        return
    several = next((name for name in names if isinstance(values[name], tuple)), None)
    for one in values[several] if several else ("",):
        yield _filled(line, {**values, several: one} if several else values)


def _filled(line: str, values: Values, missing: str = "") -> str:
    """Fill in a line; what is not a command is set apart where the line reads from right to left."""
    plain = {name: " ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
    plain = {**dict.fromkeys(NAMES, missing), **plain}
    if not reads_right_to_left(line):
        return _Text(line).substitute(plain)
    apart = {name: isolated(value) for name, value in plain.items()}
    return "".join(
        _Text(part).substitute(plain if _COMMAND.fullmatch(part) else apart) for part in _COMMAND.split(line)
    )


_COMMAND = re.compile("(`[^`]*`|tracker [a-z].*)")
"""What people copy from a message: they would copy the marks too."""


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def fault_in_text(name: str, text: str) -> str | None:
    """Say why a text cannot replace the default of that name; None when it can."""
    if name not in TEXTS:
        return "no message has that name; `tracker alerts templates` lists them"
    if not text.strip():
        return "it is empty; the first line is the headline"
    if _CONTROL.search(text):
        return "it holds a control character, which some targets cannot be sent"
    template = _Text(text)
    if not template.is_valid():
        return "a $ must come before a name, like $panel; write $$ for a plain $"
    if unknown := sorted(set(template.get_identifiers()) - NAMES):
        return f"there is no ${unknown[0]}; there are {', '.join(sorted(NAMES))}"
    return None


def tone(notice: Notice) -> Tone:
    """Return how bad the news in a notice is."""
    return TONES.get(text_name(notice)) or TONES.get(str(notice.event), "info")


TONES: Mapping[str, Tone] = {
    "order.completed": "success",
    "order.adopted": "success",
    "order.refilled": "success",
    "order.refill_refused": "warning",
    "order.cancel_refused": "warning",
    "order.unknown.settled": "success",
    "order.unknown.paired": "warning",
    "order.stuck.moves": "success",
    "balance.ok": "success",
    "panel.up": "success",
    "order.partial": "warning",
    "order.canceled": "warning",
    "order.stuck": "warning",
    "order.changed": "warning",
    "order.expired": "warning",
    "tag.ended": "success",
    "balance.low": "warning",
    "service.changed": "warning",
    "limit.max_price": "warning",
    "limit.price_jump": "warning",
    "limit.approval": "warning",
    "limit.spend": "warning",
    "limit.max_price.over": "success",
    "limit.price_jump.over": "success",
    "limit.approval.over": "success",
    "limit.spend.over": "success",
    "service.slower": "warning",
    "service.slower.over": "success",
    "order.failed": "failure",
    "order.rejected": "failure",
    "order.unknown": "failure",
    "balance.short": "failure",
    "spend.unexplained": "failure",
    "panel.down": "failure",
    "panel.refused": "failure",
    "daemon.stopped.died": "failure",
    "daemon.stopped.replaced": "failure",
    "config.refused": "failure",
    "backup.failed": "failure",
    "backup.failed.made": "success",
    "alert.dead": "failure",
}
"""How bad the news of each event or kind is, if not just information; some targets color a message by it."""


CUT = "\n… (shortened)"


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most `limit` characters, between two lines or words: half a link leads to a wrong page."""
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
