"""Splits the answer to `status` into what it says of each order, unread: most was read before. Pure, and hot.

Only an answer that is `{"id": item, …}` to the byte, for exactly the ids that were asked about, is split. In any
other, what an item means may hang on the rest: it is read as a whole, with all care (read_status.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tracker.lib.raw_json import RawValue, raw_values
from tracker.panel.exchange import Exchange

RawItems = Mapping[str, RawValue]
"""What an answer says of each order, as the panel wrote it, by the panel's id of it."""


def split(exchange: Exchange, ids: Sequence[str]) -> RawItems | None:
    """Return what an answer says of each order; None where it is to be read as a whole."""
    body = exchange.body
    if exchange.status != 200 or exchange.error is not None or not exchange.whole or body[:2] != b'{"':
        return None
    items = raw_values(body)
    if items is None or items.keys() != set(ids):
        return None
    return items if _is_compact(body, items) or _is_spaced(body, items) else None


def _is_compact(body: bytes, items: RawItems) -> bool:
    """Tell whether nothing stands in an answer but the items: then it is as short as it can be.

    White space, a key that stands twice, and a key that is written otherwise all make it longer.
    """
    least = 4 * len(items) + 1 + sum(map(len, items.values())) + len("".join(items).encode())
    return len(body) == least


def _is_spaced(body: bytes, items: RawItems) -> bool:
    """Tell whether an answer is what Python's encoder would write of the items: with a space after each sign."""
    if not body.startswith(b'": ', body.find(b'"', 2)):
        return False
    return body == b"{%b}" % b", ".join([b'"%b": %b' % (key.encode(), item) for key, item in items.items()])


class Digests:
    """Tells items apart by 64 bits. `reading` names how they are read: other digests belong to another reading."""

    def __init__(self, reading: str) -> None:
        seed = hashlib.blake2b(reading.encode(), digest_size=8).digest()
        self._begun = hashlib.blake2b(seed, digest_size=8)

    def of(self, item: RawValue) -> int:
        """Return the digest of an item."""
        one = self._begun.copy()
        one.update(item)
        return int.from_bytes(one.digest(), "big", signed=True)
