"""How messages are worded: the texts and phrases of a language, the time zone, and the names of services. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property, reduce

from tracker.alerts.phrases import PHRASES, SPANS
from tracker.alerts.texts import TEXTS
from tracker.lib.right_to_left import isolated, reads_right_to_left
from tracker.lib.times import read_rfc3339

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBERS = frozenset({"number", "count"})
_WORDS = frozenset({"host", "id", "service", "field", "url", "quantity", "limit", "seconds", "status"})
"""Places that hold one word."""

_SAID = frozenset({"span", "why", "what", "state"})
"""Places that hold a sentence or a span of its own; any other holds a name, a figure or a panel's words."""

_COPIED = frozenset({"command"})
"""Places whose value is copied from the message: it gets no marks around it."""

ServiceName = Callable[[str, str], str | None]
"""Returns the name of a panel's service by its id; None when it is not known."""


def _no_names(_panel: str, _service: str) -> str | None:
    return None


@dataclass(frozen=True)
class Wording:
    """All that a message says beside its facts. The default is English, in UTC."""

    #: The user's own texts, by name, in place of the default ones.
    texts: Mapping[str, str] = field(default_factory=dict)
    #: English phrase -> the user's own; both may hold `{name}` for what varies.
    phrases: Mapping[str, str] = field(default_factory=dict)
    #: None is the machine's.
    zone: tzinfo | None = UTC
    service_name: ServiceName = _no_names

    def text(self, name: str) -> str:
        """Return the text of a message."""
        return self.texts.get(name) or TEXTS[name]

    def say(self, phrase: str, /, **values: object) -> str:
        """Return a phrase with its values filled in."""
        own = self.phrases.get(phrase, phrase)
        return _filled(own, _apart(values) if reads_right_to_left(own) else values)

    def listed(self, parts: Sequence[str]) -> str:
        """Return parts as a list in one line."""
        return reduce(lambda one, two: self.say("{one}, {two}", one=one, two=two), parts) if parts else ""

    def translated(self, sentence: str) -> str:
        """Return a sentence that was written elsewhere in the user's own words, where they are known."""
        if sentence in self.phrases:
            return self.phrases[sentence]
        for pattern, own in self._patterns:
            if found := pattern.fullmatch(sentence):
                inner = {
                    name: self.translated(value) if name in _SAID else value
                    for name, value in found.groupdict().items()
                }
                return _filled(own, _apart(inner) if reads_right_to_left(own) else inner)
        return sentence

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        # What messages are put together from is no sentence: `{count} {state}` would fit nearly any.
        varying = [
            phrase
            for phrase in self.phrases
            if _PLACE.search(phrase) and (phrase in SPANS or phrase not in PHRASES)
        ]
        varying.sort(key=lambda phrase: -len(_PLACE.sub("", phrase)))  # the most specific first
        return tuple((_pattern_of(phrase), self.phrases[phrase]) for phrase in varying)

    def time(self, at: int) -> str:
        """Write a point in time (microseconds) for a reader: to the minute, in the reader's time zone."""
        local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(self.zone)
        return f"{local:%Y-%m-%d %H:%M}" + (" UTC" if local.tzname() == "UTC" else "")

    def time_of(self, written: str) -> str:
        """Write a time that a fact holds as RFC 3339; what is none is left as it is."""
        try:
            return self.time(read_rfc3339(written))
        except ValueError:
            return written


def _filled(template: str, values: Mapping[str, object]) -> str:
    return _PLACE.sub(lambda found: str(values.get(found[1], found[0])), template)


def _apart(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value if name in _COPIED else isolated(str(value)) for name, value in values.items()}


def _pattern_of(phrase: str) -> re.Pattern[str]:
    """Return what matches a phrase with anything in its places; the same name twice must hold the same."""
    parts, seen = _PLACE.split(phrase), set[str]()
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            held = r"[0-9.,]+" if part in _NUMBERS else r"\S+?" if part in _WORDS else ".+?"
            pattern += f"(?P<{part}>{held})"
    return re.compile(pattern, re.DOTALL)


def places_of(phrase: str) -> frozenset[str]:
    """Return the names of what varies in a phrase."""
    return frozenset(_PLACE.findall(phrase))


ENGLISH = Wording()
"""The default wording."""
