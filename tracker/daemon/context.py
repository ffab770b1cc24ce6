"""What the passes of one panel share."""

from __future__ import annotations

from typing import Protocol

from tracker.panel.exchange import Exchange, Request


def delay_until(at: int | None, now: int, longest: int) -> int:
    """Return how long to rest until a time, in microseconds, at the most `longest`."""
    return longest if at is None else min(longest, max(0, at - now))


class Client(Protocol):
    """What a worker needs of a panel client."""

    def call(self, request: Request) -> Exchange:
        """Ask something that may be asked again."""

    def acquire_slot(self) -> bool:
        """Wait until something that spends money may be asked; False when nothing is to be asked any more."""

    def send_once(self, request: Request) -> Exchange:
        """Ask something that spends money: one request on the wire, whatever happens."""
