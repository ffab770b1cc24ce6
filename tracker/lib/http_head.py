"""Reads the head of an answer when it is of the usual form, which takes a tenth of the time of reading any. Pure."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

USUAL = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [ -~]*)?\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*\r\n)+)\r\n"
)
"""A status line, and headers in printable ASCII, one a line; an answer over HTTP/1.0 or to come (1xx) is not usual."""

LONGEST = 4096
"""Bytes of a head that are looked through; a longer one is not usual."""

_LENGTH = re.compile(r"[0-9]{1,15}")
_WITHOUT_BODY = frozenset({204, 304})


Headers = tuple[tuple[str, str], ...]
"""Names in lower case, and values."""


class UsualHead(NamedTuple):
    """The head of an answer whose body has `length` bytes, and after which the connection stays open.

    `size` is how many bytes the head has itself.
    """

    status: int
    headers: Headers
    length: int
    size: int


def usual_head(raw: bytes) -> UsualHead | None:
    """Read the head that an answer begins with; None unless it is whole, and nothing about it needs care."""
    end = raw.find(b"\r\n\r\n", 0, LONGEST)
    return None if end < 0 else _usual(raw[: end + 4])


@functools.lru_cache(64)
def _usual(raw: bytes) -> UsualHead | None:
    """Read a head; cached, as the answers of a busy second often differ in their bodies only."""
    found = USUAL.fullmatch(raw)
    if found is None:
        return None
    lines = found[2].decode("ascii").split("\r\n")
    del lines[-1]
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip(" ")) for name, _, value in pairs)
    status, length = int(found[1]), _length(headers)
    if length is None or status in _WITHOUT_BODY:
        return None
    return UsualHead(status, headers, length, len(raw))


def _length(headers: Headers) -> int | None:
    """Return how long the body is; None when it is said twice or in another way, or the connection is to end."""
    length = None
    for name, value in headers:
        if name == "content-length":
            if length is not None or not _LENGTH.fullmatch(value):
                return None
            length = int(value)
        elif name == "transfer-encoding" or (name == "connection" and value.lower() != "keep-alive"):
            return None
    return length
