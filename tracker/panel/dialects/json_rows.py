"""Reads a long list in JSON row by row, so that only one row of it is in memory as JSON at any time. Pure.

A list of 24 MB takes 30 times as much as values: each row is taken and forgotten before the next is read.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.panel.dialects.json_faults import START
from tracker.panel.dialects.json_values import (
    DECODER,
    LENIENT_DECODER,
    NotJson,
    RepeatedKeyError,
    encodings,
    fault_sentence,
    json_fault,
    without_controls,
)

PIECE = 1 << 16
"""Bytes of a body that are turned into text at a time."""

LONGEST_ROW = 1 << 18
"""The longest row, in characters: as values it takes up to 30 times as much."""

MOST_ROWS = 100_000
"""The most rows of a list."""

_NO_SPACE = re.compile(r"[^\x01-\x20]")
"""Between rows a control character, which JSON does not allow, costs none of them."""

Take = Callable[[Any], None]
"""Takes one row of the list."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is JSON but for one fault, a control character or a repeated key: no value of it is reliable."""

    value: Any
    why: str


class _TooLargeError(Exception):
    """The list, or a row of it, is longer than what is read."""


def read_rows(body: bytes, headers: Mapping[str, str], key: str, take: Take) -> Any | NotJson:
    """Read a body as JSON, and give each row of its list to `take`; the list is empty in what is returned.

    The list is the body's value, or the one under `key` of an object; any other value is returned as it is. A row
    with a fault that ends with it is given as a `BrokenRow`. When the body turns out not to be JSON, rows before the
    fault were taken already.
    """
    text = _Window(_pieces(body, headers))
    try:
        return _whole(text, key, take)
    except _TooLargeError as error:
        return NotJson(_beginning(body, headers), str(error))
    except (ValueError, RecursionError, ArithmeticError) as error:
        start = _beginning(body, headers)
        return NotJson(start, json_fault(error) or fault_sentence(error, start, text.forgotten))


def _whole(text: _Window, key: str, take: Take) -> Any:
    value = _value(text, key, take)
    if text.next_character():
        raise text.fault("Extra data")
    return value


def _read_list(text: _Window, take: Take) -> list[Any]:
    for number, _ in enumerate(_members(text, "[]"), 1):
        if number > MOST_ROWS:
            raise _TooLargeError(f"a list of more than {MOST_ROWS:,} rows, which is the limit")
        take(text.row())
    return []


def _value(text: _Window, key: str, take: Take) -> Any:
    match text.next_character():
        case "[":
            return _read_list(text, take)
        case "{":
            return _object(text, key, take)
        case _:
            return text.value()


def _object(text: _Window, key: str, take: Take) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for first in _members(text, "{}"):
        name = text.value() if first == '"' else None
        if name in found:
            raise RepeatedKeyError(name)
        if name is None or text.next_character() != ":":
            raise text.fault("Expecting property name" if name is None else "Expecting ':' delimiter")
        text.at += 1
        is_list = name == key and text.next_character() == "["
        found[name] = _read_list(text, take) if is_list else text.value()
    return found


def _members(text: _Window, brackets: str) -> Iterator[str]:
    """Yield the first character of each member of a list or an object, which the caller then reads."""
    text.at += 1
    character = text.next_character()
    while character != brackets[1]:
        yield character
        character = text.next_character()
        if character == ",":
            text.at += 1
            character = text.next_character()
            if character == brackets[1]:
                raise text.fault("Illegal trailing comma")
        elif character != brackets[1]:
            raise text.fault("Expecting ',' delimiter")
    text.at += 1


def _decode_row(text: str, at: int) -> tuple[Any | BrokenRow, int]:
    try:
        return DECODER.raw_decode(text, at)
    except ValueError as error:
        why = json_fault(error)
        if why is None:
            raise
        value, end = LENIENT_DECODER.raw_decode(without_controls(text), at)
        return BrokenRow(value, why), end


class _Window:
    """The text of a body, of which only the part that is being read is in memory."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.at = 0
        #: How much was read and is no longer in memory.
        self.forgotten = START
        self._pieces = pieces
        self._text = ""

    def fault(self, what: str) -> json.JSONDecodeError:
        """Return the fault that is at the next character, in the words of Python's reader."""
        return json.JSONDecodeError(what, self._text, self.at)

    def next_character(self) -> str:
        """Return the next character that is no space, without passing it; nothing at the end."""
        while (found := _NO_SPACE.search(self._text, self.at)) is None:
            self.at = len(self._text)
            if not self._extend():
                return ""
        self.at = found.start()
        return found[0]

    def row(self) -> Any | BrokenRow:
        """Read the value that begins with the next character, also with a fault that ends with it."""
        return self._read(_decode_row)

    def value(self) -> Any:
        """Read the value that begins with the next character."""
        return self._read(DECODER.raw_decode)

    def _read(self, decode: Callable[[str, int], tuple[Any, int]]) -> Any:
        self.next_character()
        while True:
            try:
                value, end = decode(self._text, self.at)
            except ValueError:
                # It may end in the next piece; what is really wrong stays so.
                if not self._extend():
                    raise
                continue
            if end < len(self._text) or not self._extend():  # a number may go on in the next piece
                self.at = end
                return value

    def _extend(self) -> bool:
        """Add the next piece and forget what was read; False at the end."""
        if len(self._text) - self.at > LONGEST_ROW:
            raise _TooLargeError(f"a row of more than {LONGEST_ROW:,} characters, which is the limit")
        piece = next(self._pieces, "")
        if not piece:
            return False
        self.forgotten = self.forgotten.after(self._text[: self.at])
        self._text = self._text[self.at :] + piece
        self.at = 0
        return True


def _pieces(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Yield a body as text, in the first encoding in which all of it can be read."""
    encoding = next(one for one in encodings(headers) if _is_in(body, one))
    return _decoded(body, encoding)


def _decoded(body: bytes, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(body), PIECE):
        piece = decoder.decode(body[start : start + PIECE], start + PIECE >= len(body))
        if piece:
            yield piece


def _is_in(body: bytes, encoding: str) -> bool:
    try:
        for _ in _decoded(body, encoding):
            pass
    except (LookupError, ValueError):
        return False
    return True


def _beginning(body: bytes, headers: Mapping[str, str]) -> str:
    return next(_pieces(body.lstrip(), headers), "")
