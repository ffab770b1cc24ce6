"""Finds services of a catalogue by what a person calls them. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

from tracker.orders.answers import Service

NAMED = 3
"""The most services that are suggested."""

_WORDS = re.compile(r"\w+")


def called(text: str, services: Iterable[Service]) -> list[Service]:
    """Return the services that a text names: those of exactly that name, else those with all its words in their name.

    Case, spaces and marks do not matter. A number names none: it is an id, and a wrong one must not order something
    with that number in its name.
    """
    wanted = _words(text)
    if not any(char.isalpha() for char in "".join(wanted)):
        return []
    known = [(service, _words(service.name)) for service in services]
    exact = [service for service, words in known if words == wanted]
    return exact or [service for service, words in known if set(wanted) <= set(words)]


def by_digits(text: str) -> str:
    """Return an id with its digits as panels write them, whatever script they were typed in."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def nearest(text: str, services: Sequence[Service]) -> list[Service]:
    """Return the services whose id or name is nearest to a text."""
    wanted = " ".join(_words(text))
    by_key = {" ".join(_words(service.name)): service for service in reversed(services)}
    by_key |= {service.id.casefold(): service for service in reversed(services)}
    found = [by_key[key] for key in difflib.get_close_matches(wanted, by_key, NAMED)]
    found += [service for service in services if wanted and wanted in " ".join(_words(service.name))]
    return list({service.id: service for service in found}.values())[:NAMED]


def _words(text: str) -> list[str]:
    return _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())
