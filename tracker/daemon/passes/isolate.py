"""Finds out why a status call failed whole, by calling again about ever smaller parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tracker.orders.answers import Failure, Reason
from tracker.orders.batches import Batch
from tracker.orders.followed import Followed
from tracker.panel.exchange import Exchange

RetryPart = Callable[[Batch], Failure | None]
"""Calls about some orders and writes what is said of them; returns the failure when nothing is."""


class FailedCall(NamedTuple):
    """A status call that said nothing of any of its orders."""

    batch: Batch
    failure: Failure
    exchange: Exchange

    @property
    def was_answered(self) -> bool:
        """Whether a whole answer came, though not a usable one."""
        return self.exchange.status is not None and self.exchange.whole

    @property
    def is_refusal(self) -> bool:
        """Whether the panel turned the call away for a reason that lies in none of its orders."""
        return self.failure.reason in (Reason.RATE, Reason.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a call failed: for single orders in it, because it named several, or because the panel answers nothing."""

    #: Each order that makes a call fail, with its own failure.
    poison: tuple[tuple[Followed, Failure], ...] = ()
    one_per_call: bool = False
    no_answer: bool = False


NO_ANSWER = Diagnosis(no_answer=True)


def diagnose(failed: FailedCall, retry_part: RetryPart) -> Diagnosis:
    """Find out why a call failed; a call is tried again only where a smaller one may be answered."""
    if not failed.was_answered or failed.is_refusal or len(failed.batch) == 1:
        return NO_ANSWER
    return bisect(failed.batch, retry_part)


def bisect(batch: Batch, retry_part: RetryPart) -> Diagnosis:
    """Call about the halves of a batch that failed, and on until the cause is plain."""
    failing = [(part, again) for part in _halves(batch) if (again := retry_part(part)) is not None]
    if len(failing) < 2:
        return Diagnosis(tuple(one for part, again in failing for one in _poison(part, again, retry_part)))
    if len(batch) > 3 and retry_part(batch[:1]) is None:
        return Diagnosis(one_per_call=True)
    return NO_ANSWER


def _poison(batch: Batch, failure: Failure, retry_part: RetryPart) -> Iterator[tuple[Followed, Failure]]:
    """Halve a batch that fails, at a panel that answers for others, until each bad order is alone."""
    if len(batch) == 1:
        yield batch[0], failure
        return
    for part in _halves(batch):
        again = retry_part(part)
        if again is not None:
            yield from _poison(part, again, retry_part)


def _halves(batch: Batch) -> tuple[Batch, Batch]:
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]
