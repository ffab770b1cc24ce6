"""Where a text of several lines is parted. Pure."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|\r|\n")


def line_ends(text: str) -> int:
    """Count the line ends in a text, as `lines_of` and files of text part it."""
    return len(_LINE_END.findall(text))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, without their ends; a text that ends with a line end has no further, empty line.

    Only CR, LF and CRLF part them, as panels count. `str.splitlines` also parts at U+2028, U+0085, VT and FF, which
    stand inside a comment that was copied from elsewhere: it would be ordered, and paid, as two.
    """
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    return lines
