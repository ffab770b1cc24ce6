"""Collects the body of an answer as it arrives: decompresses it within a limit and notes what is missing. Pure."""

from __future__ import annotations

import io
import zlib

STEP = 1 << 20
"""Bytes that are decompressed at a time: a bomb of gigabytes is never decompressed."""

_GZIP = frozenset({"gzip", "x-gzip"})
_READABLE = _GZIP | {"deflate"}
_UNREADABLE = frozenset(
    {"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"}
)
"""The other encodings of IANA's registry of HTTP content codings. Whatever else servers name is none: UTF-8, none."""

_MAGIC = b"\x1f\x8b\x08"
"""The first bytes of a member of gzip (RFC 1952); no text begins with them."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_TEXT = b'{["<\xef \t\r\n'
"""What an answer begins with that is not compressed: JSON, a page, a mark of the byte order, space."""


class BoundedBody:
    """Collects a body chunk by chunk, and never holds more than `limit` bytes of it, however it is compressed.

    `announced` is its length, as the server says. `fault` says why it is not whole; None while nothing is wrong.
    What follows a whole compressed body and is no further part of it is left out.
    """

    def __init__(self, encoding: str, limit: int, announced: str = "") -> None:
        self._data = io.BytesIO()  # parts that are joined at the end would be in memory twice
        self._limit = limit
        self._announced = announced
        self._encodings = _encodings(encoding)
        self._decompressor: zlib._Decompress | None = None
        #: What has come and is not read: too few bytes to tell what they begin.
        self._rest = b""
        self._is_plain = False
        self._is_over = False
        self.fault: str | None = None
        if len(self._encodings) > 1 or not _READABLE.issuperset(self._encodings):
            told = ", ".join(self._encodings)
            self.fault = f"the answer is compressed with {told[:40]!r}, which cannot be read"

    @property
    def data(self) -> bytes:
        """What has arrived so far, decompressed."""
        return self._data.getvalue()

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk; False when no more is wanted, and `fault` says why."""
        if self.fault is None and chunk and not self._is_over:
            chunk, self._rest = self._rest + chunk, b""
            if self._decompressor is None and not self._is_plain:
                self._begin(chunk)
            elif self._is_plain:
                self._append(chunk)
            else:
                self._decompress(chunk)
        return self.fault is None

    def end(self) -> None:
        """Note that no more will come: a compressed body must have ended by now."""
        if self.fault is not None or self._is_plain:
            return
        if self._decompressor is None and not self._encodings:
            self._append(self._rest)
        elif self._rest or (self._decompressor is not None and not self._decompressor.eof):
            self.fault = "the compressed body of the answer was cut short"

    def _begin(self, chunk: bytes) -> None:
        """Find out by its first bytes how the body is written: servers name an encoding that they do not use."""
        if len(chunk) < len(_MAGIC) and _MAGIC.startswith(chunk):
            self._rest = chunk
        elif chunk.startswith(_MAGIC):
            self._decompressor = zlib.decompressobj(_GZIP_WINDOW)
            self._decompress(chunk)
        elif not self._encodings or (_GZIP.issuperset(self._encodings) and chunk[0] in _TEXT):
            self._is_plain = True
            self._append(chunk)
        else:
            self._decompressor = zlib.decompressobj(_window(self._encodings[0], chunk[0]))
            self._decompress(chunk)

    def _append(self, plain: bytes) -> None:
        room = self._limit - self._data.tell()
        if len(plain) > room:
            self.fault = self._too_long()
        self._data.write(plain[:room])

    def _too_long(self) -> str:
        length = self._announced.strip()
        is_told = self._decompressor is None and length.isascii() and length.isdigit() and len(length) < 16
        told = f" (it has {int(length):,})" if is_told else ""
        return f"the answer is longer than the limit of {self._limit:,} bytes{told}"

    def _decompress(self, chunk: bytes) -> None:
        try:
            while chunk and self.fault is None:
                chunk = self._read_member(chunk)
        except zlib.error:
            self.fault = "the compressed body of the answer is damaged"

    def _read_member(self, chunk: bytes) -> bytes:
        """Decompress as far as this member goes; return what follows its end."""
        if self._decompressor is None or self._decompressor.eof:
            return self._next_member(chunk)
        full = True
        while (chunk or full) and self.fault is None and not self._decompressor.eof:
            plain = self._decompressor.decompress(chunk, STEP)
            self._append(plain)
            chunk, full = self._decompressor.unconsumed_tail, len(plain) == STEP
        return self._decompressor.unused_data or (chunk if self._decompressor.eof else b"")

    def _next_member(self, rest: bytes) -> bytes:
        """Return what is to be decompressed of what follows a member: another one, after padding."""
        rest = rest.lstrip(b"\0")
        if rest.startswith(_MAGIC):
            self._decompressor = zlib.decompressobj(_GZIP_WINDOW)
            return rest
        if _MAGIC.startswith(rest):
            self._rest = rest
        else:
            self._is_over = True
        return b""


def _encodings(header: str) -> list[str]:
    """Return the encodings that a header names, without what is none."""
    if not header:
        return []
    named = (one.strip() for one in header.lower().split(","))
    return [one for one in named if one in _READABLE or one in _UNREADABLE]


def _window(encoding: str, first: int) -> int:
    """Return zlib's window bits; `deflate` comes with a zlib header or, wrongly but often, without."""
    if encoding != "deflate":
        return _GZIP_WINDOW
    has_header = first & 0x0F == 8 and first >> 4 <= 7
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
