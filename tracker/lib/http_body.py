"""An answer's body as it arrives: unpacked within a limit, and honest about what is missing. Pure."""

from __future__ import annotations

import zlib


class BoundedBody:
    """Collects a body piece by piece and never holds more than `limit` bytes of it, whatever it is packed with.

    `fault` says in words why it is not whole; None while nothing is wrong.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._limit = limit
        self._packing = encoding.strip().lower()
        self._packed: zlib._Decompress | None = None
        self.fault: str | None = None
        if self._packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
            self.fault = f"the answer is packed with {self._packing[:40]!r}, which cannot be read"

    @property
    def data(self) -> bytes:
        """What has arrived so far, unpacked."""
        return b"".join(self._parts)

    def feed(self, piece: bytes) -> bool:
        """Take the next piece; False when no more is wanted, and `fault` says why."""
        if self.fault is None and piece:
            self._take(piece if self._packing in ("", "identity") else self._unpack(piece))
        return self.fault is None

    def end(self) -> None:
        """Say that the sender has sent all: what is still packed is missing."""
        if self.fault is None and self._packed is not None and not self._packed.eof:
            self.fault = "the answer was cut short inside its packed body"

    def _take(self, plain: bytes) -> None:
        room = self._limit - self._size
        if len(plain) > room:
            self.fault = f"the answer is longer than {self._limit:,} bytes"
        self._parts.append(plain[:room])
        self._size += min(len(plain), room)

    def _unpack(self, piece: bytes) -> bytes:
        if self._packed is None:
            self._packed = zlib.decompressobj(_window(self._packing, piece[0]))
        try:
            # One byte beyond the limit is enough to know: a bomb of gigabytes is never unpacked.
            plain = self._packed.decompress(piece, self._limit - self._size + 1)
        except zlib.error:
            self.fault = "the answer's packed body is damaged"
            return b""
        if self._packed.unused_data.strip(b"\0"):
            self.fault = "the answer goes on after the end of its packed body"
        return plain


def _window(packing: str, first: int) -> int:
    """Return zlib's window bits; `deflate` is sent with a zlib header or, wrongly but often, without."""
    if packing != "deflate":
        return 16 + zlib.MAX_WBITS
    has_header = first & 0x0F == 8 and first >> 4 <= 7
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
