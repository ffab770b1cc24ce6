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
    **dict.fromkeys("’‘ʼ", "'"), **dict.fromkeys("“”«»„", '"'), **dict.fromkeys("–—‑−", "-"),
})  # fmt: skip
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
"""Categories of what is left out: accents and vowel signs, and what has no width or turns the direction."""

_ARABIC = "\u0620-\u064a\u0671-\u06d3"
_ARABIC_GAP = re.compile(rf"(?<=[{_ARABIC})])\\? (?=[{_ARABIC}(])")
"""Between two Arabic words in a pattern: Persian joins some of them without a space."""

_LEAD = re.compile(r"[^\w{]+")
_PREFIX = re.compile(
    r"(?:(?:error|err|hata|erro|ошибка|خطا|loi|galat|gagal|kesalahan|maaf|uzgunuz|عذرا)"
    r"\s*(?:[:!,،]|-\s|\.\s)\s*|(?:sorry|maaf|uzgunuz|desculpe|lo sentimos|xin loi|извините|عذرا|متاسفانه)[,،!.]? )+"
)
_FIGURE = r"\d[\d.,]*"
_MARK = "xnumberx"


def letters(text: str) -> str:
    """Return a text without case, accents, invisible characters and letters that only look different."""
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # Casefolding a dotted capital I leaves a dot behind, which is an accent.
    kept = "".join(_plain(one) for one in plain if unicodedata.category(one) not in _INVISIBLE)
    return " ".join(kept.translate(_LETTERS).split())


def _plain(char: str) -> str:
    if char.isascii():
        return char if char.isprintable() else " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return " " if unicodedata.category(char).startswith("C") else char


@lru_cache(maxsize=512)
def folded_message(message: str) -> str:
    """Return a message as the patterns expect it: its `letters`, without marks and an "Error:" before them."""
    read = letters(_decoded(message[:LONGEST]))
    lead = _LEAD.match(read)
    return _PREFIX.sub("", read[lead.end() if lead else 0 :], count=1)


def _decoded(text: str) -> str:
    """Return a text with its entities of HTML as characters, however often it was escaped."""
    while (read := html.unescape(text)) != text:
        text = read
    return text


def literal(text: str) -> str:
    """Turn a text from the config into a pattern: the panel's message must begin with it; `{number}` is any figure."""
    return re.escape(folded_message(text.replace(NUMBER, _MARK))).replace(_MARK, _FIGURE)


FEW_WORDS = 2
"""A message of so few words is not listed for other figures: "Error 102" and "Error 103" are two messages."""

LISTED = 120
"""Characters of a message that are proposed for the config."""

SHORTEST = 4
"""Characters that tell a message from others."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_URL = re.compile(r"\bhttps?://|\bwww\.")


def to_list(message: str, order_id: str | None = None) -> str:
    """Return the text with which a message can be listed in the config: "" for one that is too short.

    It is the message's beginning, without what differs from order to order: its id, a link, figures.
    """
    text = _before_link(_readable(_decoded(message[:LONGEST])))
    if order_id:
        text = re.sub(rf"(?<![\w{{]){re.escape(order_id)}(?![\w}}])", NUMBER, text)
    if len(_WORD.findall(text.replace(NUMBER, ""))) > FEW_WORDS:
        text = re.sub(_FIGURE, NUMBER, text)
    if len(text) > LISTED:
        text = text[:LISTED].rpartition(" ")[0]
    return text if len(folded_message(text)) >= SHORTEST else ""


def _readable(message: str) -> str:
    """Return a message on one line, without what has no width, and with a space for what cannot be read."""
    kept = (one for one in message if unicodedata.category(one) != "Cf")
    return " ".join("".join(one if one.isprintable() else " " for one in kept).split())


def _before_link(message: str) -> str:
    """Return what stands before a link, if that says anything."""
    before = _URL.split(message, maxsplit=1)[0].rstrip()
    return before if len(_WORD.findall(before)) > 1 else message


def pattern(text: str) -> str:
    """Turn a row of the tables into a pattern of a folded message; ASCII rows are written in that form already."""
    return text if text.isascii() else _ARABIC_GAP.sub(" ?", letters(text))
