"""How messages are worded: the texts and phrases of a language, the time zone, and the names of services. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property

from tracker.alerts.texts import TEXTS
from tracker.lib.times import read_rfc3339

_PLACE = re.compile(r"\{(\w+)\}")

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
    zone: tzinfo = UTC
    service_name: ServiceName = _no_names

    def text(self, name: str) -> str:
        """Return the text of a message."""
        return self.texts.get(name) or TEXTS[name]

    def say(self, phrase: str, /, **values: object) -> str:
        """Return a phrase with its values filled in."""
        return _filled(self.phrases.get(phrase, phrase), values)

    def translated(self, sentence: str) -> str:
        """Return a sentence that was written elsewhere in the user's own words, where they are known."""
        if sentence in self.phrases:
            return self.phrases[sentence]
        for pattern, own in self._patterns:
            if found := pattern.fullmatch(sentence):
                inner = {name: self.translated(value) for name, value in found.groupdict().items()}
                return _filled(own, inner)
        return sentence

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        varying = [phrase for phrase in self.phrases if _PLACE.search(phrase)]
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
            pattern += f"(?P<{part}>.+?)"
    return re.compile(pattern, re.DOTALL)


def places_of(phrase: str) -> frozenset[str]:
    """Return the names of what varies in a phrase."""
    return frozenset(_PLACE.findall(phrase))


ENGLISH = Wording()
"""The default wording."""
