"""Says in plain words why a text is not YAML, where, and what to write instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tracker.config import lookalikes
from tracker.config.faults import Place

QUOTES_NEEDED = "put quotes around a text that begins with {}"
_STARTERS = "*&!|>%@`"
_MISPLACED = "]},?-#"
_UNCLOSED = {
    '"': "the quote that opens here is never closed",
    "'": "the quote that opens here is never closed",
    "[": "the bracket [ that opens here is never closed, or a comma is missing behind one of its values",
    "{": "the bracket { that opens here is never closed, or a comma is missing behind one of its values",
}
_GLUED = re.compile(r"\s*(?:- )?([A-Za-z_][\w-]+):(?=[^\s/])")
"""A key at the beginning of a line whose value is glued to its colon; not the scheme of an address."""

_MEANINGS = (
    ("mapping values", "put quotes around a text with a colon and a space in it, or check the indentation"),
    ("could not find expected ':'", "write a colon and a space behind this key"),
    ("escape", "inside double quotes write \\\\ for a backslash, or use single quotes"),
    ("hexdecimal", "inside double quotes write \\\\ for a backslash, or use single quotes"),
    ("hexadecimal", "inside double quotes write \\\\ for a backslash, or use single quotes"),
    ("did not find expected key", "the indentation is not that of the lines before, or a quote there is not closed"),
    ("expected <document start>", "something follows behind the end of the config: remove it"),
    ("directive", "a line that begins with % is none of a config: remove it"),
    ("node content", "a value is missing here, or a bracket before it is never closed"),
    ("end of stream", "the file ends too early: a quote or bracket is not closed"),
)  # fmt: skip
"""How the parser begins to say it, and what it means."""

_FOREIGN = (
    (re.compile(r"<"), "this is a page of HTML or a file of XML"),
    (re.compile(r"\[[\w. -]+\]\s*$", re.MULTILINE), "this looks like an INI or TOML file"),
    (re.compile(r"[A-Za-z_][\w.]* ?= ?\S", re.MULTILINE), "this looks like a file of settings with ="),
    (re.compile(r"#!"), "this is a program"),
    (re.compile(r"-----BEGIN "), "this is a key or a certificate"),
)
"""How files of other programs begin, and what they are."""


@dataclass(frozen=True, slots=True)
class Stumble:
    """Where a parser stumbled: the lines, the place, its own words, and where what it was reading began."""

    lines: list[str]
    place: Place
    problem: str
    began: Place | None

    def line(self, number: int) -> str:
        """Return a line of the text, by its number from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def char(self, place: Place) -> str:
        """Return the character at a place; empty at the end of a line."""
        return self.line(place.line)[place.column - 1 : place.column]


def explain(stumble: Stumble, text: str) -> tuple[Place, str]:
    """Return the place of a fault, and what is wrong there and how to mend it."""
    if (what := foreign(text)) is not None:
        return Place(1, 1), what
    found = next((found for find in _FINDERS if (found := find(stumble)) is not None), None)
    return found or (
        stumble.place,
        "this is not YAML: look here, and just before, for a missing quote or bracket",
    )


def foreign(text: str) -> str | None:
    """Say that a text is another program's file; None when it does not look like one."""
    start = text.lstrip()
    what = next((what for pattern, what in _FOREIGN if pattern.match(start)), None)
    return what and f"{what}, and no config of tracker: `tracker init` writes one"


def _tab(stumble: Stumble) -> tuple[Place, str] | None:
    return (stumble.place, "a tab cannot indent: use spaces") if stumble.char(stumble.place) == "\t" else None


def _lookalike(stumble: Stumble) -> tuple[Place, str] | None:
    """Find a character that only looks right, where the parser stumbled and in the line before."""
    for number in (stumble.place.line, stumble.place.line - 1):
        if (found := lookalikes.fault_in(stumble.line(number).partition(" #")[0])) is not None:
            return Place(number, found[0] + 1), found[1]
    return None


def _variable(stumble: Stumble) -> tuple[Place, str] | None:
    has_one = "${" in stumble.line(stumble.place.line)
    return (stumble.place, "put quotes around a text with ${…} in it") if has_one else None


def _starter(stumble: Stumble) -> tuple[Place, str] | None:
    """Find a text that begins with a character which means something else to YAML."""
    is_value = bool(stumble.line(stumble.place.line)[: stumble.place.column - 1].strip())
    starters = _STARTERS + _MISPLACED if is_value else _STARTERS
    for place, known in ((stumble.began, _STARTERS), (stumble.place, starters)):
        char = stumble.char(place) if place is not None else ""
        if place is not None and char and char in known:
            return place, QUOTES_NEEDED.format(char)
    return None


def _glued(stumble: Stumble) -> tuple[Place, str] | None:
    """Find a colon without a space behind it, where the parser stumbled and in the line before."""
    for number in (stumble.place.line - 1, stumble.place.line):
        if (found := _GLUED.match(stumble.line(number))) is not None:
            return Place(number, found.end() + 1), f"write a space behind the colon of {found[1]}"
    return None


def _unclosed(stumble: Stumble) -> tuple[Place, str] | None:
    if stumble.began is None or "escape" in stumble.problem or "hexdecimal" in stumble.problem:
        return None
    what = _UNCLOSED.get(stumble.char(stumble.began))
    return (stumble.began, what) if what is not None else None


def _meaning(stumble: Stumble) -> tuple[Place, str] | None:
    what = next((what for known, what in _MEANINGS if known in stumble.problem), None)
    at_key = "expected ':'" in stumble.problem and stumble.began is not None
    place = stumble.began if at_key and stumble.began is not None else stumble.place
    return (place, what) if what is not None else None


_FINDERS: tuple[Callable[[Stumble], tuple[Place, str] | None], ...] = (
    _tab, _lookalike, _variable, _starter, _glued, _unclosed, _meaning
)  # fmt: skip
"""What to look for, the surest first."""
