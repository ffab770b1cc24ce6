"""Text that is read from right to left, and other text within it. Pure.

A name, an amount or a time in Latin letters within a Persian line would change places with the words around it, so
it is set apart with the isolates of the Unicode bidirectional algorithm (UAX #9, 2.4).
"""

from __future__ import annotations

import re

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_FIGURE = re.compile("[0-9.,]*")
_BEGIN, _END = "\u2068", "\u2069"


def reads_right_to_left(text: str) -> bool:
    """Tell whether any letter of a text is written from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


def isolated(value: str) -> str:
    """Set a value apart from the words around it; a plain figure, or what reads like those words, needs no marks."""
    if reads_right_to_left(value) or _FIGURE.fullmatch(value.strip()) or _BEGIN in value:
        return value
    return f"{_BEGIN}{value}{_END}"


def without_isolates(text: str) -> str:
    """Return a text without the marks of `isolated`, for a screen that aligns whole cells by itself."""
    return text.replace(_BEGIN, "").replace(_END, "")
