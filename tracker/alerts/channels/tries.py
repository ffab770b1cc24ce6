"""One try to deliver a message, bounded in time, and what became of it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

HARD_LIMIT_S = 30.0
"""Seconds after which a delivery counts as failed, even if the target is still busy with it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target accepted the message."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The target did not accept it, as far as is known. `retry_after` (microseconds) is what it asked for."""

    why: str
    retry_after: int | None = None
    #: Whether it would take a shorter message.
    is_too_long: bool = False


Outcome = Delivered | Undelivered


class Tries:
    """The tries at one target, one at a time; each returns within `limit` seconds."""

    def __init__(self, limit: float = HARD_LIMIT_S) -> None:
        self._limit = limit
        self._run: threading.Thread | None = None

    def run(self, attempt: Callable[[], Outcome]) -> Outcome:
        """Make one try. `attempt` raises nothing."""
        if self._run is not None and self._run.is_alive():
            return Undelivered("the previous try still waits for its answer")
        answers: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        # In a separate thread, which does not delay the exit: some targets keep a connection open for ever.
        self._run = threading.Thread(target=lambda: answers.put(attempt()), name="delivery", daemon=True)
        self._run.start()
        try:
            return answers.get(timeout=self._limit)
        except queue.Empty:
            return Undelivered(f"it did not answer within {self._limit:g} s")
