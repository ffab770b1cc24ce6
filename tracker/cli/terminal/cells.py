"""Texts by the cells that they take on a terminal: a wide character takes two, a mark above a letter none.

The part of rich that knows this is loaded for the first text that is not ASCII: that takes 20 ms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MARK = "…"
"""Stands for what was cut out."""

_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?[^/?#]*/?", re.IGNORECASE)
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)

_SHORT = 40
"""Cells below which a link is shown without its scheme, so that more of it is left."""

_OUTSIDE_COMMANDS = re.compile(r" (?=(?:[^`]*`[^`]*`)*[^`]*$)")

_FSI, _PDI = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def cells(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _beginning(text: str, room: int) -> str:
    """Return the beginning of a text that takes at most so many cells."""
    if text.isascii():
        return text[: max(0, room)].rstrip()
    from rich.cells import set_cell_size

    return set_cell_size(text, max(0, room)).rstrip()


def cut(text: str, room: int) -> str:
    """Cut a text at its end so that it takes at most so many cells."""
    if cells(text) <= room:
        return text
    return _beginning(text, room - 1) + MARK if room > 0 else ""


def cut_link(text: str, room: int) -> str:
    """Cut a link in its middle: its host and its end tell it from others."""
    if cells(text) <= room:
        return text
    if room < _SHORT:
        text = _SCHEME.sub("", text, count=1)
    if cells(text) <= room or room < 8:
        return cut(text, room)
    host = _HOST.match(text)
    least = cells(host[0]) if host else 0
    head = min(max(least, room // 2), room * 2 // 3)
    begin = _beginning(text, head)
    return f"{begin}{MARK}{_end(text, room - 1 - cells(begin))}"


def _end(text: str, room: int) -> str:
    """Return the end of a text that takes at most so many cells."""
    end = text[-room:] if room > 0 else ""
    while end and cells(end) > room:
        end = end[1:]
    while end and unicodedata.combining(end[0]):
        end = end[1:]
    return end


def pad(text: str, room: int, right: bool = False) -> str:
    """Fill a text up with spaces to so many cells, and keep its direction from reaching beyond it."""
    space = " " * max(0, room - cells(text))
    return f"{space}{isolated(text)}" if right else f"{isolated(text)}{space}"


def isolated(text: str) -> str:
    """Set what runs from right to left apart, so that what follows on the line keeps its place."""
    if text.isascii() or not any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in text):
        return text
    return f"{_FSI}{text}{_PDI}"


def wrapped(text: str, room: int, first: str = "", rest: str = "") -> list[str]:
    """Break a text between its words into lines of at most so many cells, which begin with `first`, then `rest`.

    A command between backquotes is kept on one line, where it fits, so that it can be copied.
    A word that is longer than a line stays whole, on a line of its own.
    """
    lines, line, used = [], first, cells(first)
    is_new = True
    for word in _words(text.rstrip(), room - cells(rest)):
        taken = cells(word) + (not is_new)
        if not is_new and used + taken > room:
            lines.append(line)
            line, used, is_new, taken = rest, cells(rest), True, cells(word)
        line += word if is_new else f" {word}"
        used, is_new = used + taken, False
    return [*lines, line]


def _words(text: str, room: int) -> Iterator[str]:
    """Split a text at its spaces, but not within a command between backquotes that takes at most so many cells."""
    if text.count("`") % 2:
        yield from text.split(" ")
        return
    for word in _OUTSIDE_COMMANDS.split(text):
        if cells(word) <= room:
            yield word
        else:
            yield from word.split(" ")
