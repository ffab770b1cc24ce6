"""Collects the body of an answer as it arrives: decompresses it within a limit and notes what is missing. Pure."""

from __future__ import annotations

import io
import zlib

STEP = 1 << 20
"""Bytes that are decompressed at a time: a bomb of gigabytes is never decompressed."""


class BoundedBody:
    """Collects a body chunk by chunk, and never holds more than `limit` bytes of it, however it is compressed.

    `announced` is its length, as the server says. `fault` says why it is not whole; None while nothing is wrong.
    """

    def __init__(self, encoding: str, limit: int, announced: str = "") -> None:
        self._data = io.BytesIO()  # parts that are joined at the end would be in memory twice
        self._limit = limit
        self._announced = announced
        self._encoding = encoding.strip().lower()
        self._decompressor: zlib._Decompress | None = None
        self.fault: str | None = None
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            self.fault = f"the answer is compressed with {self._encoding[:40]!r}, which cannot be read"

    @property
    def data(self) -> bytes:
        """What has arrived so far, decompressed."""
        return self._data.getvalue()

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk; False when no more is wanted, and `fault` says why."""
        if self.fault is None and chunk:
            if self._encoding in ("", "identity"):
                self._append(chunk)
            else:
                self._decompress(chunk)
        return self.fault is None

    def end(self) -> None:
        """Note that no more will come: a compressed body must have ended by now."""
        if self.fault is None and self._decompressor is not None and not self._decompressor.eof:
            self.fault = "the compressed body of the answer was cut short"

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
        if self._decompressor is None:
            self._decompressor = zlib.decompressobj(_window(self._encoding, chunk[0]))
        try:
            full = True
            while (chunk or full) and self.fault is None and not self._decompressor.eof:
                plain = self._decompressor.decompress(chunk, STEP)
                self._append(plain)
                chunk, full = self._decompressor.unconsumed_tail, len(plain) == STEP
        except zlib.error:
            self.fault = "the compressed body of the answer is damaged"
            return
        rest = self._decompressor.unused_data or (chunk if self._decompressor.eof else b"")
        if rest.strip(b"\0"):
            self.fault = "the answer continues after the end of its compressed body"


def _window(encoding: str, first: int) -> int:
    """Return zlib's window bits; `deflate` comes with a zlib header or, wrongly but often, without."""
    if encoding != "deflate":
        return 16 + zlib.MAX_WBITS
    has_header = first & 0x0F == 8 and first >> 4 <= 7
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
