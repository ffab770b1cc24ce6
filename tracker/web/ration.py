"""How much of the processor answers to people may take: the passes that place orders share it with them. Pure."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ration:
    """A part of the time of one processor core, saved up for at most some seconds. `elapsed` gives seconds."""

    def __init__(self, share: float, saved_s: float, elapsed: Callable[[], float]) -> None:
        self._share = share
        self._most = saved_s
        self._elapsed = elapsed
        self._left = saved_s
        self._at = elapsed()
        self._turn = threading.Lock()

    def take(self, cpu_s: float) -> None:
        """Count what an answer took; it may be more than there was."""
        with self._turn:
            self._fill()
            self._left -= cpu_s

    def rest_s(self) -> float:
        """Return how many seconds to wait before the next answer; 0 while there is something left."""
        with self._turn:
            self._fill()
            return max(0.0, -self._left / self._share)

    def _fill(self) -> None:
        now = self._elapsed()
        self._left = min(self._most, self._left + (now - self._at) * self._share)
        self._at = now
