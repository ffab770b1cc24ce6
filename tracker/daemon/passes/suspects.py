"""Remembers which orders, or refills, were named in calls that failed, so that the one at fault spoils no other's call.

A call without an answer shows nothing of why: the panel may be out of reach, or one of the orders may be what it never
answers about. Asked about in ever smaller calls, one a poll, the others are soon answered for, and that one is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

Named = TypeVar("Named")
"""What calls ask about: orders, or refills."""

FAILURES = 3
"""Failed calls in a row from which one may be at fault: some panels drop a call now and then."""


class Suspect(NamedTuple):
    """What was named in failed calls, and in none since that was answered."""

    #: How many the next call may name that names it.
    largest: int
    failures: int
    #: How many calls about others had been answered when it was named in a failed one first.
    since: int


class Suspects(Generic[Named]):
    """The suspects of one panel, by the panel's ids of them; for any thread."""

    def __init__(self, id_of: Callable[[Named], str]) -> None:
        self._id_of = id_of
        self._known: dict[str, Suspect] = {}
        self._answered = 0

    def note_answer(self, batch: Sequence[Named]) -> None:
        """Take in that a call was answered."""
        self._answered += 1
        for one in batch if self._known else ():
            self._known.pop(self._id_of(one), None)

    def note_failure(self, batch: Sequence[Named]) -> None:
        """Take in that a call failed."""
        largest = (len(batch) + 1) // 2
        for name in map(self._id_of, batch):
            before = self._known.get(name)
            failures, since = (1, self._answered) if before is None else (before.failures + 1, before.since)
            self._known[name] = Suspect(largest, failures, since)

    def is_found(self, batch: Sequence[Named]) -> bool:
        """Tell whether the one that a failed call was about is why: it fails again and again, others do not."""
        known = self._known.get(self._id_of(batch[0]))
        if len(batch) > 1 or known is None:
            return False
        return known.failures + 1 >= FAILURES and known.since < self._answered

    def apart(self, batches: Sequence[Sequence[Named]]) -> list[Sequence[Named]]:
        """Return the calls with the suspects in calls of their own, small enough, behind all others.

        Those come last that failed most often: what is behind a call that fails waits for another time.
        """
        known, id_of = dict(self._known), self._id_of
        if not known:
            return list(batches)
        others = [[one for one in batch if id_of(one) not in known] for batch in batches]
        by_size: dict[int, list[Named]] = {}
        for one in chain.from_iterable(batches):
            if (suspect := known.get(id_of(one))) is not None:
                by_size.setdefault(suspect.largest, []).append(one)
        return [*(batch for batch in others if batch), *_parts(by_size)]


def _parts(by_size: Mapping[int, Sequence[Named]]) -> Iterator[Sequence[Named]]:
    for size, named in sorted(by_size.items(), reverse=True):
        yield from (named[start : start + size] for start in range(0, len(named), size))
