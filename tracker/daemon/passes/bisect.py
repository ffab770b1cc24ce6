"""Finds out why a status call failed whole, by asking again about ever smaller parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tracker.orders.answers import Failure
from tracker.orders.order import Order

RetryPart = Callable[[Sequence[Order]], Failure | None]
"""Asks about some orders and takes in what is said; the failure when nothing is."""


@dataclass(frozen=True, slots=True)
class Found:
    """Why a call failed: for orders that it named, because it named several, or because the panel answers nothing."""

    poison: tuple[tuple[Order, Failure], ...] = ()
    singly: bool = False
    silent: bool = False


def bisect(batch: Sequence[Order], failure: Failure, retake: RetryPart) -> Found:
    """Ask about the halves of a batch that failed, and on until the cause is plain."""
    bad = [(part, again) for part in _halves(batch) if (again := retake(part)) is not None]
    if len(bad) < 2:
        return Found(tuple(one for part, again in bad for one in _poison(part, again, retake)))
    if len(batch) > 3 and retake(batch[:1]) is None:
        return Found(singly=True)
    return Found(silent=True)


def _poison(batch: Sequence[Order], failure: Failure, retake: RetryPart) -> Iterator[tuple[Order, Failure]]:
    """Halve a batch that fails, at a panel that answers for others, until each bad order is alone."""
    if len(batch) == 1:
        yield batch[0], failure
        return
    for part in _halves(batch):
        again = retake(part)
        if again is not None:
            yield from _poison(part, again, retake)


def _halves(batch: Sequence[Order]) -> tuple[Sequence[Order], Sequence[Order]]:
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]
