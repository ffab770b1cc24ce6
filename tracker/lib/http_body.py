"""Collects the body of an answer as it arrives: decompresses it within a limit and notes what is missing. Pure."""

from __future__ import annotations

import zlib


class BoundedBody:
    """Collects a body chunk by chunk, and never holds more than `limit` bytes of it, however it is compressed.

    `fault` says why it is not whole; None while nothing is wrong.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._limit = limit
        self._encoding = encoding.strip().lower()
        self._decompressor: zlib._Decompress | None = None
        self.fault: str | None = None
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            self.fault = f"the answer is compressed with {self._encoding[:40]!r}, which cannot be read"

    @property
    def data(self) -> bytes:
        """What has arrived so far, decompressed."""
        return b"".join(self._parts)

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk; False when no more is wanted, and `fault` says why."""
        if self.fault is None and chunk:
            self._append(chunk if self._encoding in ("", "identity") else self._decompress(chunk))
        return self.fault is None

    def end(self) -> None:
        """Note that no more will come: a compressed body must have ended by now."""
        if self.fault is None and self._decompressor is not None and not self._decompressor.eof:
            self.fault = "the compressed body of the answer was cut short"

    def _append(self, plain: bytes) -> None:
        room = self._limit - self._size
        if len(plain) > room:
            self.fault = f"the answer is longer than {self._limit:,} bytes"
        self._parts.append(plain[:room])
        self._size += min(len(plain), room)

    def _decompress(self, chunk: bytes) -> bytes:
        if self._decompressor is None:
            self._decompressor = zlib.decompressobj(_window(self._encoding, chunk[0]))
        try:
            # One byte beyond the limit is enough to know: a bomb of gigabytes is never decompressed.
            plain = self._decompressor.decompress(chunk, self._limit - self._size + 1)
        except zlib.error:
            self.fault = "the compressed body of the answer is damaged"
            return b""
        if self._decompressor.unused_data.strip(b"\0"):
            self.fault = "the answer continues after the end of its compressed body"
        return plain


def _window(encoding: str, first: int) -> int:
    """Return zlib's window bits; `deflate` comes with a zlib header or, wrongly but often, without."""
    if encoding != "deflate":
        return 16 + zlib.MAX_WBITS
    has_header = first & 0x0F == 8 and first >> 4 <= 7
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
