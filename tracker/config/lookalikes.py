"""Characters that look like others, or like nothing: word processors and web pages put them into texts. Pure."""

from __future__ import annotations

import unicodedata

_QUOTES = dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛‹›′", "'")
_OTHERS = {
    "：": ":",
    "﹕": ":",
    "∶": ":",
    "，": ",",
    "＂": '"',
    "＇": "'",
    "‐": "-",
    "–": "-",
    "—": "-",
    "−": "-",
}
_MEANT = {**_QUOTES, **_OTHERS}
"""A character, and the one of YAML that it looks like."""

_INVISIBLE = ("Cf", "Zl", "Zp")
"""Unicode's categories of what has no look: marks of width, direction and byte order, separators."""


def fault_in(text: str) -> tuple[int, str] | None:
    """Return where the first such character of a text is, and what to do about it; None when there is none."""
    if text.isascii():
        return None
    return next(((index, what) for index, char in enumerate(text) if (what := _cure(char))), None)


def has_typographic_quotes(text: str) -> bool:
    """Tell whether a text begins and ends with quotes that were meant for the file, and not for the text."""
    return len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES


def invisible_in(text: str) -> str | None:
    """Say what to do about the first character of a text that nobody sees; None when there is none."""
    return next(
        (what for char in text if not char.isascii() and char not in _MEANT and (what := _cure(char))), None
    )


def _cure(char: str) -> str | None:
    if char.isascii():
        return None
    code = f"U+{ord(char):04X}"
    if char in _MEANT:
        return f"write {_MEANT[char]} in the place of {char} ({code}), which only looks like it"
    category = unicodedata.category(char)
    if category == "Zs":
        return f"a space that is not an ordinary one ({code}): delete it, and write an ordinary space"
    return f"a character that nobody sees ({code}): delete it" if category in _INVISIBLE else None
