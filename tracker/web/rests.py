"""Until when nothing is read of clients that were refused for their many wrong keys or passwords. Pure."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

REST_S = 1.0
"""Seconds that such a client waits, on its connection and on a new one."""

MOST = 1000
"""Addresses that are remembered; the one that was refused first is forgotten first."""


class Rests:
    """The addresses of such clients, in bounded memory. `elapsed` gives seconds.

    A stranger behind the same proxy as others slows them by no more than one rest for a new connection; a connection
    on which nothing wrong was sent is never slowed.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._until: OrderedDict[str, float] = OrderedDict()
        self._turn = threading.Lock()

    def begin(self, address: str) -> float:
        """Have an address wait; return until when."""
        with self._turn:
            self._until[address] = self._elapsed() + REST_S
            self._until.move_to_end(address)
            while len(self._until) > MOST:
                self._until.popitem(last=False)
            return self._until[address]

    def until(self, address: str) -> float:
        """Return until when an address waits; 0 where it does not."""
        with self._turn:
            return self._until.get(address, 0.0)
