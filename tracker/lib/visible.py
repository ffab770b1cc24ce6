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


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
