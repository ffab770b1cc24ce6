"""Makes control characters visible, so that a text can steer no terminal and reverse no line. Pure."""

from __future__ import annotations

import re

_ALL = "\\x00-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff"
"""Controls, separators of lines, what reverses the direction of text, and what is no character.

Not what ordinary text needs: letters that run from right to left, marks between them, joiners, emoji.
"""

# What Python calls printable holds none of these, and is told in a hundredth of the time.
_LINE = re.compile(f"[{_ALL}]")
_TEXT = re.compile(f"(?![\\n\\t])[{_ALL}]")


def visible(text: str) -> str:
    """Write each control character but line breaks and tabs as `\\u001b`, which means the same in JSON."""
    return text if text.isprintable() else _TEXT.sub(_escape, text)


def one_line(text: str) -> str:
    """Write every control character as `\\u001b`: the text stays on its line."""
    return text if text.isprintable() else _LINE.sub(_escape, text)


JOINERS = "\u200c\u200d"
"""What words are written with in Persian, in Indian scripts and in emoji, though Python calls it unprintable."""


def unseen(text: str) -> str | None:
    """Return the first character of a text that nobody sees, and that no word needs; None when there is none."""
    if text.isprintable():
        return None
    return next((one for one in text if not one.isprintable() and one not in JOINERS), None)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
