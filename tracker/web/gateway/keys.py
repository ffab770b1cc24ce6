"""Tells clients by their keys, and refuses who tries many wrong ones."""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256

from tracker.config.web_settings import WebClient
from tracker.lib.times import MINUTE

FREE = 20
"""Wrong keys of one address that are answered like a panel's in `WINDOW`; a client that is set up wrongly sends few."""

WINDOW = MINUTE

MOST_ADDRESSES = 10_000
"""Addresses that are remembered; the one that was seen first is forgotten first."""


def client_of(clients: Iterable[WebClient], key: str) -> WebClient | None:
    """Return the client whose key this is. It takes as long for every key, and looks at every client."""
    given, found = _digest(key), None
    for client in clients:
        if hmac.compare_digest(_digest(client.key.reveal()), given):
            found = client
    return found


def _digest(key: str) -> bytes:
    return sha256(key.encode(errors="surrogatepass")).digest()


class WrongKeys:
    """Counts the wrong keys that each address sends. A right key is never refused for them.

    Through a proxy all clients have one address, and a stranger must not lock them out. A key of 16 random characters
    is not found by trying anyway.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Address -> when its window began, and how many wrong keys it sent since.
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, address: str, now: int) -> int:
        """Count one more wrong key of an address; return how many it has sent in its window."""
        with self._lock:
            began, count = self._seen.get(address, (now, 0))
            if not began <= now < began + WINDOW:
                began, count = now, 0
                self._seen.pop(address, None)
            self._seen[address] = began, count + 1
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
            return count + 1
