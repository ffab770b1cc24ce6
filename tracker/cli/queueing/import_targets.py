"""Where the rows of a file go: into the queue, or into a plan that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from tracker.cli.queueing.plans import Plans
from tracker.cli.session import Session
from tracker.lib.clock import now
from tracker.operations.offers import Offers
from tracker.store import duplicates, queue, renames
from tracker.store.duplicates import Duplicate, Entry, Rehearsal
from tracker.store.queue import SimpleRow


class Target(Protocol):
    """Where the rows of a file go."""

    def transaction(self) -> AbstractContextManager[None]:
        """Take all rows of a block of code, or none when it raises."""

    def enqueue(self, entries: Sequence[Entry]) -> list[Duplicate]:
        """Take the new entries, and return the others."""

    def enqueue_simple(self, rows: Sequence[SimpleRow]) -> bool:
        """Take many rows at once; False, and none is taken, when they must be taken one by one."""

    def standing(self, entries: Sequence[Entry]) -> list[bool]:
        """Tell of each entry whether it is, or was, in the queue."""

    def former_names(self, panel: str) -> frozenset[str]:
        """Return the names that a panel may have had."""

    def offers(self, panel: str) -> Offers:
        """Return what is known of a panel's services."""


class Queue:
    """The queue: what it takes is ordered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._offers: dict[str, Offers] = {}
        self._now = now()

    def transaction(self) -> AbstractContextManager[None]:
        """Take all rows durably, or none."""
        return self._session.db.bulk()

    def enqueue(self, entries: Sequence[Entry]) -> list[Duplicate]:
        """Queue the new entries."""
        return queue.enqueue(self._session.db, entries, self._now)

    def enqueue_simple(self, rows: Sequence[SimpleRow]) -> bool:
        """Queue many rows at once, where none of them is in the queue."""
        return queue.enqueue_simple(self._session.db, rows, self._now)

    def standing(self, entries: Sequence[Entry]) -> list[bool]:
        """Tell of each entry whether it is, or was, in the queue."""
        return duplicates.standing(self._session.db, entries)

    def former_names(self, panel: str) -> frozenset[str]:
        """Return the names that a panel may have had."""
        return self._session.former_names(panel)

    def offers(self, panel: str) -> Offers:
        """Return what is known of a panel's services."""
        if panel not in self._offers:
            self._offers[panel] = Offers(self._session.db, self._session.panel(panel))
        return self._offers[panel]


class Planned:
    """A plan: what it takes is counted, and nothing is changed."""

    def __init__(self, session: Session) -> None:
        self._db, self._configured = session.untouched, session.config.panels
        self._rehearsal = Rehearsal(self._db)
        self.plans = Plans(session)

    def transaction(self) -> AbstractContextManager[None]:
        """Do nothing: there is nothing to undo."""
        return nullcontext()

    def enqueue(self, entries: Sequence[Entry]) -> list[Duplicate]:
        """Count the new entries."""
        found = self._rehearsal.enqueue(entries)
        known = {one.index for one in found}
        for index, entry in enumerate(entries):
            if index not in known:
                self.plans[entry.draft.panel].add(entry.draft)
        return found

    def enqueue_simple(self, rows: Sequence[SimpleRow]) -> bool:
        """Take no rows at once: each is planned by itself."""
        return False

    def standing(self, entries: Sequence[Entry]) -> list[bool]:
        """Tell of each entry whether it is, or was, in the queue."""
        return self._rehearsal.standing(entries)

    def former_names(self, panel: str) -> frozenset[str]:
        """Return the names that a panel may have had."""
        return renames.former_names(self._db, panel, self._configured) if self._db else frozenset()

    def offers(self, panel: str) -> Offers:
        """Return what is known of a panel's services."""
        return self.plans[panel].offers
