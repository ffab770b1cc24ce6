"""How the messages of panels are compared: without what people and keyboards write differently. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

NUMBER = "{number}"
"""Stands for any figure in a text of the config."""

LONGEST = 2000
"""Characters of a message that are read."""

_LETTERS = str.maketrans({
    **dict.fromkeys("ı", "i"), **dict.fromkeys("đð", "d"), "ø": "o", "ł": "l",
    # One Arabic or Persian keyboard has what another one lacks.
    **dict.fromkeys("ىی", "ي"), "ک": "ك", **dict.fromkeys("ةەہ", "ه"), "ـ": "",
    **dict.fromkeys("’‘ʼ`´", "'"), **dict.fromkeys("“”«»„", '"'), **dict.fromkeys("–—‑−", "-"),
})  # fmt: skip
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
"""Categories of what is left out: accents and vowel signs, and what has no width or turns the direction."""

_ARABIC = "\u0620-\u064a\u0671-\u06d3"
_ARABIC_GAP = re.compile(rf"(?<=[{_ARABIC})])\\? (?=[{_ARABIC}(])")
"""Between two Arabic words in a pattern: Persian joins some of them without a space."""

_LEAD = re.compile(r"[^\w{]+")
_PREFIX = re.compile(
    r"(?:(?:error|err|hata|erro|ошибка|خطا|loi|galat|gagal|kesalahan|maaf|uzgunuz|عذرا)"
    r"\s*(?:[:!,]|-\s|\.\s)\s*)+"
)
_FIGURE = r"\d[\d.,]*"
_MARK = "xnumberx"


def letters(text: str) -> str:
    """Return a text without case, accents, invisible characters and letters that only look different."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # Casefolding a dotted capital I leaves a dot behind, which is an accent.
    kept = "".join(_digit(one) for one in plain if unicodedata.category(one) not in _INVISIBLE)
    return " ".join(kept.translate(_LETTERS).split())


def _digit(char: str) -> str:
    return char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char))


@lru_cache(maxsize=512)
def folded_message(message: str) -> str:
    """Return a message as the patterns expect it: its `letters`, without marks and an "Error:" before them."""
    read = letters(html.unescape(message[:LONGEST]))
    lead = _LEAD.match(read)
    return _PREFIX.sub("", read[lead.end() if lead else 0 :], count=1)


def literal(text: str) -> str:
    """Turn a text from the config into a pattern: the panel's message must begin with it; `{number}` is any figure."""
    return re.escape(folded_message(text.replace(NUMBER, _MARK))).replace(_MARK, _FIGURE)


def pattern(text: str) -> str:
    """Turn a row of the tables into a pattern of a folded message; ASCII rows are written in that form already."""
    return text if text.isascii() else _ARABIC_GAP.sub(" ?", letters(text))
