"""Bytes -> JSON -> texts and ids, for data that others wrote: what cannot be read becomes a value, never an exception.

Figures are read in `figures`.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tracker.lib.http_headers import charset
from tracker.lib.visible import JOINERS
from tracker.orders.ids import id_fault
from tracker.panel.dialects.json_faults import START, NoNumberError, Place, fault_in

QUOTED = 200
"""The longest part of a panel's text that is quoted in a sentence, in characters."""

_TEXT_CHARSETS = re.compile(
    r"utf-?(8|16|32)([-_]?[lb]e)?|us-ascii|ascii|latin-?\d+|iso[-_]?8859[-_]\d+|(windows|cp)-?\d+|koi8-[rut]"
    r"|gbk|gb2312|gb18030|big5|shift[-_]jis|euc-(jp|kr)|mac[-_]?\w+|tis-620"
)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_HEAD = 20_000
"""Characters of a page in which its title is looked for."""

_UTF_16 = re.compile('\ufeff?(\xff\xfe|\xfe\xff|[\\[{"]\0|\0[\\[{"])')
"""How JSON in UTF-16 begins, with a mark of the byte order or without, when it is read as latin-1."""

_LIMIT = 10**15
_OFTEN = 100
"""Characters of a text that may come often, as status words and currencies do."""


@dataclass(frozen=True, slots=True)
class NotJson:
    """A body that is not JSON, or that is too large. `text` is the body as text, or its beginning."""

    text: str
    #: What it is, where that is known: what is too large, or what breaks the JSON.
    fault: str | None = None

    @property
    def why(self) -> str:
        """What the body is, for a sentence."""
        if self.fault is not None:
            return self.fault
        start = self.text.lstrip()
        if not start:
            return "an empty body"
        if _UTF_16.match(start):
            return "a text in UTF-16, where JSON must be in UTF-8"
        title = _TITLE.search(start[:_HEAD])
        if self.is_page and title is not None:
            return f"a page of HTML with the title {quoted(html.unescape(title[1]))}"
        kind = "a page of HTML" if self.is_page else "something that is not JSON"
        return f"{kind}: {quoted(start)}"

    @property
    def is_page(self) -> bool:
        """Whether it begins as a page for people does."""
        return self.fault is None and self.text.lstrip().startswith("<")

    @property
    def is_empty(self) -> bool:
        """Whether nothing came."""
        return self.fault is None and not self.text.strip()


def read_json(body: bytes, headers: Mapping[str, str]) -> Any | NotJson:
    """Read a body as JSON, with Decimals for fractions; repeated keys, NaN and too deep nesting are not JSON."""
    text = _text(body, headers)
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError, ArithmeticError) as error:
        return NotJson(text, json_fault(error) or fault_sentence(error, text))


def encodings(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield the encodings that a body may be in, the likeliest first; the last one fits any body."""
    yield "utf-8-sig"
    declared = charset(headers)
    if declared and _TEXT_CHARSETS.fullmatch(declared):
        yield declared
    yield "latin-1"


def _text(body: bytes, headers: Mapping[str, str]) -> str:
    for encoding in encodings(headers):
        with contextlib.suppress(LookupError, ValueError):
            return body.decode(encoding)
    raise AssertionError("the last encoding fits any body")


class RepeatedKeyError(ValueError):
    """An object of JSON has a key twice, so that one of its values would be lost."""

    def __init__(self, key: str) -> None:
        super().__init__(f"JSON in which the key {quoted(key)} stands twice in one object")


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise RepeatedKeyError(twice)
    return read


_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters that JSON allows nowhere. Without NUL, which every second character is in UTF-16."""


def json_fault(error: Exception) -> str | None:
    """Say what breaks a body that is JSON but for one fault; None where it is not known to be that."""
    if isinstance(error, RepeatedKeyError):
        return str(error)
    if not isinstance(error, json.JSONDecodeError) or error.pos >= len(error.doc):
        return None
    found, before = error.doc[error.pos], error.doc[max(0, error.pos - 40) : error.pos]
    if error.msg.startswith("Invalid control character"):
        where = "in a text"
    elif _CONTROL.match(found):
        where = "between its values"
    else:
        return None
    return f"JSON with a control character (U+{ord(found):04X}) {where}, after {quoted(before)}"


@lru_cache(maxsize=1)  # asked of one piece of an answer for each broken row in it
def without_controls(text: str) -> str:
    """Return a text with a space for each control character, in as many characters."""
    return _CONTROL.sub(" ", text)


def fault_sentence(error: Exception, text: str, forgotten: Place = START) -> str | None:
    """Say what breaks a text, and where; None when it does not even begin as JSON does. `text`: its beginning."""
    if text.lstrip()[:1] not in ("{", "[") or _UTF_16.match(text):
        return None
    found = fault_in(error, forgotten)
    if found is None:
        return None
    if not found.around.strip():
        return found.what
    return f"{found.what}, at {quoted(found.around)}"


def _no_number(text: str) -> Any:
    raise NoNumberError(text)


DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_unrepeated)
LENIENT_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number, strict=False)
"""Passes control characters in texts and repeated keys: what it reads is known to be JSON but for these."""


def short_text(value: object, longest: int = 100) -> str | None:
    """Read a short text, on one line and without control characters; None when nothing is left."""
    if type(value) is str:
        # A longer text, a description say, does not come again and should not stay in the cache.
        read = _short_text_of if len(value) <= longest <= _OFTEN else _short_text_of.__wrapped__
        return read(value[: 4 * longest], longest)
    return str(value) if type(value) is int and -_LIMIT < value < _LIMIT else None


@lru_cache(maxsize=256)
def _short_text_of(text: str, longest: int) -> str | None:
    """Read a short text; cached, as a panel has few status words and currencies."""
    return (text if text.isprintable() else cleaned(text)).strip()[:longest] or None


_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain_text(value: object, longest: int) -> str | None:
    """Read a short text that people see: as `short_text`, with its entities of HTML as the characters they are.

    The joiners within Persian words and within emoji stay: with a space for one, a name is another.
    """
    if type(value) is str and "&" in value:
        # Once: "&amp;lt;" is "&lt;". Without a semicolon it is none: "a=1&copy=2" is a part of a link.
        value = _ENTITY.sub(lambda found: html.unescape(found[0]), value[: 8 * longest])
    if type(value) is str and any(joiner in value for joiner in JOINERS):
        return cleaned(value[: 4 * longest], JOINERS).strip(f"{JOINERS} ")[:longest] or None
    return short_text(value, longest)


def cleaned(text: str, keep: str = "") -> str:
    """Return the text on one line, without control characters or halves of characters; but with those to `keep`."""
    return " ".join("".join(char if char.isprintable() or char in keep else " " for char in text).split())


def shortened(text: str) -> str:
    """Return a panel's text cleaned, and cut to what people read."""
    clean = cleaned(text[: 4 * QUOTED], JOINERS)
    return f"{clean[: QUOTED - 1]}…" if len(clean) > QUOTED else clean


def quoted(text: str) -> str:
    """Return a panel's text shortened and in quotes, for a sentence."""
    return f'"{shortened(text)}"'


def written(value: object) -> str:
    """Return a value of JSON as a panel wrote it, shortened."""
    return shortened(value if type(value) is str else json.dumps(value, ensure_ascii=False, default=str))


def opaque_id(value: object) -> str | None:
    """Read an id that a panel gave, as opaque text of up to 100 characters; None for what cannot be one."""
    if type(value) is int:
        return str(value) if 0 < value < 10**100 else None
    return value if type(value) is str and id_fault(value) is None else None
