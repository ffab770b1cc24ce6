"""The tags of orders: words of the user's own that put orders together, like a campaign or a customer. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tracker.lib.visible import JOINERS

LONGEST = 64
"""The most characters of a tag."""

MOST = 20
"""The most tags of one order."""

_BETWEEN = re.compile(r"[,;،\s]+")


_JOINED = re.compile(f"(?<=[\u0600-\ud7ff])[{JOINERS}](?=[\u0600-\ud7ff])")
"""Where a joiner belongs to a word and can be seen: between letters of the scripts that write with it."""


def tag_of(text: str) -> str:
    """Return a tag as it is kept: composed (NFC), so that what looks the same is the same; ValueError names a fault."""
    tag = unicodedata.normalize("NFC", text.strip())
    if not 0 < len(tag) <= LONGEST:
        raise ValueError(f"a tag has 1 to {LONGEST} characters: {tag[:40]!r}")
    wrong = next((one for one in _JOINED.sub("", tag) if not _is_fit(one)), None)
    if wrong is not None or not unicodedata.category(tag[0]).startswith(("L", "N")):
        raise ValueError(
            f"the tag {tag!r} holds {(wrong or tag[0])!r}: a tag begins with a letter or a digit, and has letters, "
            "digits, hyphens, underscores and dots"
        )
    return tag


def _is_fit(one: str) -> bool:
    # Marks belong to letters: many scripts have no single character for a letter with its vowel.
    return one in "-_." or unicodedata.category(one) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc"}


def tags_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tags of an order, each once, as they were given; ValueError names a fault."""
    tags = tuple(dict.fromkeys(map(tag_of, texts)))
    if len(tags) > MOST:
        raise ValueError(f"an order has at most {MOST} tags, and this one has {len(tags)}")
    return tags


def split(text: str) -> list[str]:
    """Return the tags of one cell, between which are commas, semicolons or spaces."""
    return [one for one in _BETWEEN.split(text) if one]
