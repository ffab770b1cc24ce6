"""Hands out the moments at which one panel account may be asked: a steady gap between them.

A bucket's flow may be shared by every process that works on the same database. A moment is reserved and then waited
for: whoever asks first goes first, however far away it is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

SLOWEST = 64
"""By how much refusals for the rate can stretch the gap at the most."""

RECOVERY = 0.98
"""What each call leaves of a stretched gap: back to the whole pace in about 35 calls after one refusal."""

STEP = 1.0
"""Seconds by which a clock must stand before its last reading to count as one that started anew."""

PATIENCE = 2.0
"""Seconds to wait for a bucket that is shared."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a bucket stands: its next free moment, by how much the gap is stretched, and when it was last used.

    Times are seconds of the bucket's clock. What was not used is not saved up: after an hour of rest the first two
    calls still keep their gap, because panels count in windows of their own.
    """

    next_at: float = 0.0
    stretch: float = 1.0
    at: float = 0.0

    def moment(self, now: float) -> float:
        """Return the next free moment; it is now when it has passed, or was told by a clock that started anew."""
        return now if now < self.at - STEP else max(now, self.next_at)

    def taken(self, now: float, gap: float) -> Flow:
        """Return how it stands once the next free moment is taken."""
        return Flow(self.moment(now) + gap * self.stretch, max(1.0, self.stretch * RECOVERY), now)

    def halved(self) -> Flow:
        """Return how it stands after a refusal for the rate: half as often, and back to the whole pace slowly."""
        return Flow(self.next_at, min(SLOWEST, self.stretch * 2), self.at)


class Bucket(Protocol):
    """Keeps the flow of one account. It answers within about PATIENCE; OSError when it is out of reach."""

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""

    def halve(self) -> None:
        """Ask half as often from now on."""

    def close(self) -> None:
        """Let go of what it holds."""


class PatientBucket:
    """Asks a bucket in a thread of its own: a server that hangs holds up nobody for long.

    Not for several threads at once. TimeoutError when it took too long, or still does; OSError when it is out of reach.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._asked: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Any] | None = None

    def take(self, gap: float) -> float:
        """Take the next free moment; return how many seconds away it is."""
        return float(self._ask(partial(self._bucket.take, gap)))

    def halve(self) -> None:
        """Ask half as often from now on."""
        self._ask(self._bucket.halve)

    def close(self) -> None:
        """Let go of what it holds, as soon as it can."""
        if self._thread is not None:
            self._asked.put(self._bucket.close)
            self._asked.put(None)
            self._thread.join(PATIENCE if self._last is None or self._last.done() else 0)

    def _ask(self, what: Callable[[], Any]) -> Any:
        if self._last is not None and not self._last.done():
            raise TimeoutError("it does not answer")
        answer = self._last = Future[Any]()
        self._start()
        self._asked.put(partial(_settle, answer, what))
        return answer.result(PATIENCE)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=_serve, args=(self._asked,), name="pace", daemon=True)
            self._thread.start()


def _serve(asked: queue.SimpleQueue[Callable[[], object] | None]) -> None:
    while (what := asked.get()) is not None:
        what()


def _settle(answer: Future[Any], what: Callable[[], Any]) -> None:
    """Let the answer be what comes of it, a fault included."""
    try:
        answer.set_result(what())
    except Exception as fault:  # noqa: BLE001 - it is raised where the answer is awaited
        answer.set_exception(fault)
