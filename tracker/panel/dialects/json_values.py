"""Bytes -> JSON -> values, for data that others wrote: what cannot be read becomes a value, never an exception.

Numbers are never floats, and never so large or so precise that a database or a sum would change them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tracker.lib.http_headers import charset
from tracker.orders.ids import id_fault

QUOTED = 200
"""The longest part of a panel's text that is quoted in a sentence, in characters."""

_TEXT_CHARSETS = re.compile(
    r"utf-?(8|16|32)([-_]?[lb]e)?|us-ascii|ascii|latin-?\d+|iso[-_]?8859[-_]\d+|(windows|cp)-?\d+|koi8-[rut]"
    r"|gbk|gb2312|gb18030|big5|shift[-_]jis|euc-(jp|kr)|mac[-_]?\w+|tis-620"
)
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,20})?")
_SCIENTIFIC = re.compile(r"-?[0-9](?:\.[0-9]{1,20})?[eE][-+]?[0-9]{1,2}")
_LIMIT = 10**15
_OFTEN = 100
"""Characters of a text that may come often, as status words and currencies do."""


@dataclass(frozen=True, slots=True)
class NotJson:
    """A body that is not JSON, or that is too large. `text` is the body as text, or its beginning."""

    text: str
    #: What is too large.
    too_large: str | None = None

    @property
    def why(self) -> str:
        """What the body is, for a sentence."""
        if self.too_large is not None:
            return self.too_large
        start = self.text.lstrip()
        if not start:
            return "an empty body"
        kind = "a page of HTML" if start.startswith("<") else "something that is not JSON"
        return f"{kind}: {quoted(start)}"


def read_json(body: bytes, headers: Mapping[str, str]) -> Any | NotJson:
    """Read a body as JSON, with Decimals for fractions; repeated keys, NaN and too deep nesting are not JSON."""
    text = _text(body, headers)
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError, ArithmeticError):
        return NotJson(text)


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


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key is repeated, so that one of its values would be lost")
    return read


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_unrepeated)


def decimal(value: object) -> Decimal | None:
    """Read an amount given as a number or as text, also with commas for thousands; None for anything else."""
    if type(value) is str:
        # A longer text is no amount, and should not stay in the cache.
        return _decimal_of_text(value) if len(value) < 64 else None
    if type(value) is int:
        return Decimal(value) if -_LIMIT < value < _LIMIT else None
    return _sane(value) if type(value) is Decimal else None


@lru_cache(maxsize=4096)
def _decimal_of_text(text: str) -> Decimal | None:
    """Read an amount from text; many orders cost the same."""
    return Decimal(text) if _PLAIN.fullmatch(text) else _written_otherwise(text.strip())


def _written_otherwise(text: str) -> Decimal | None:
    if _THOUSANDS.fullmatch(text):
        return decimal(text.replace(",", ""))
    if _PLAIN.fullmatch(text) or _SCIENTIFIC.fullmatch(text):
        return _sane(Decimal(text))
    return None


def _sane(value: Decimal) -> Decimal | None:
    if not value.is_finite() or value.adjusted() >= 15 or value.adjusted() < -20:
        return None
    return value if len(value.as_tuple().digits) <= 36 else None


def amount(value: object) -> Decimal | None:
    """Read an amount of zero or more; None for anything else."""
    read = decimal(value)
    return read if read is not None and read >= 0 else None


def count(value: object) -> int | None:
    """Read a whole number, also a negative one; None for anything else."""
    if type(value) is str and len(value) < 16 and value.isascii() and value.isdigit():
        return int(value)
    if type(value) is int:
        return value if -_LIMIT < value < _LIMIT else None
    read = decimal(value)
    return int(read) if read is not None and read == read.to_integral_value() else None


def non_negative_int(value: object) -> int | None:
    """Read a whole number of zero or more; None for anything else."""
    if type(value) is str and len(value) < 16 and value.isascii() and value.isdigit():
        return int(value)
    read = count(value)
    return read if read is not None and read >= 0 else None


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


def cleaned(text: str) -> str:
    """Return the text on one line, without control characters or halves of characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def shortened(text: str) -> str:
    """Return a panel's text cleaned, and cut to what people read."""
    clean = cleaned(text[: 4 * QUOTED])
    return f"{clean[: QUOTED - 1]}…" if len(clean) > QUOTED else clean


def quoted(text: str) -> str:
    """Return a panel's text shortened and in quotes, for a sentence."""
    return f'"{shortened(text)}"'


def opaque_id(value: object) -> str | None:
    """Read an id that a panel gave, as opaque text of up to 100 characters; None for what cannot be one."""
    if type(value) is int:
        return str(value) if 0 < value < 10**100 else None
    return value if type(value) is str and id_fault(value) is None else None
