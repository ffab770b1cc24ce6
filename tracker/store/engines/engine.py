"""What differs between the databases that tracker works on: the seam below `Database`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tracker.lib.rate_limit import Bucket


class StorageFault(Exception):
    """The database could not do what was asked; the text says what happened and what to do."""


class Lease(Protocol):
    """The sole right to do something, over all daemons on one database."""

    def holds(self) -> bool:
        """Tell whether it is still held; a transaction that then commits was made while it was."""


class Engine(Protocol):
    """One kind of database. Its methods raise what is in `errors`; `sentence` says it in words."""

    #: peewee's database of this kind.
    peewee: Any
    #: What people know the database by; never a password.
    name: str
    #: Whether several daemons may work on it at once.
    shared: bool
    errors: tuple[type[Exception], ...]
    #: Ends a SELECT whose rows are changed in the same transaction.
    for_update: str
    #: The same, for a SELECT that leaves out what another daemon has selected so.
    skip_locked: str
    #: Held while writing, where writers of one process must take turns.
    write_lock: AbstractContextManager[Any]

    def prepare(self) -> None:
        """Make ready to connect."""

    def migrating(self) -> AbstractContextManager[Any]:
        """Keep every other process from migrating meanwhile."""

    def snapshot(self) -> AbstractContextManager[Any]:
        """See the database as it stands at one moment."""

    def unsynced(self) -> AbstractContextManager[Any]:
        """Run a block as a transaction whose end does not wait for the disk; the next one takes it along."""

    def placeholders(self, statement: str) -> str:
        """Return a statement with `?` for values as the driver wants it."""

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows; the count of rows that it touched."""

    def sentence(self, error: BaseException) -> str:
        """Say what happened and what to do; without a secret."""

    def reset_broken(self) -> None:
        """Drop this thread's connection if it broke, so that the next use makes a new one."""

    def lock(self, name: str) -> None:
        """Hold a named lock until the transaction ends."""

    def lease(self, name: str) -> AbstractContextManager[Lease]:
        """Try to take a lease for a block; it may turn out not to be held."""

    def bucket(self, panel: str) -> Bucket:
        """Return the bucket of an account that all processes on this database share."""

    def sidecar(self, suffix: str) -> Path | None:
        """Return the file of this name beside the database; None where it is not a file."""

    def last_id(self, table: str) -> int:
        """Return the highest id that was ever given out in a table."""

    def set_last_id(self, table: str, last: int) -> None:
        """Give out ids above this one."""

    def backup(self, file: Path) -> bool:
        """Write a consistent copy to a file; False where only a copy row by row can be made."""
