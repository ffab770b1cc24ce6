"""What `Database` needs of each kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tracker.lib.rate_limit import Bucket


class StorageFault(Exception):
    """The database cannot do what was asked; the text says what happened and what to do."""


class Lease(Protocol):
    """The sole right to do something, over all daemons on one database."""

    def holds(self) -> bool:
        """Tell whether it is still held; a transaction that commits afterwards was made while it was held."""

    def is_confirmed(self) -> bool:
        """Ask whoever grants it whether it is held at this moment; False when there is no quick answer."""


class Engine(Protocol):
    """One kind of database. Its methods raise what is in `errors`; `sentence` turns that into text."""

    #: peewee's database of this kind.
    peewee: Any
    #: How the database is called in messages; without the password.
    name: str
    #: Whether several daemons may use it at once.
    shared: bool
    #: The exceptions of the driver and of peewee.
    errors: tuple[type[Exception], ...]
    #: Ends a SELECT whose rows are changed in the same transaction.
    for_update: str
    #: The same, for a SELECT that leaves out the rows that another daemon has locked.
    skip_locked: str
    #: Held while writing, where the threads of one process must write one after the other.
    write_lock: AbstractContextManager[Any]

    def prepare(self) -> None:
        """Do what must be done before the first connection."""

    def migrating(self) -> AbstractContextManager[Any]:
        """Let no other process migrate during a block."""

    def snapshot(self) -> AbstractContextManager[Any]:
        """Let all reads of a block see the database at one moment."""

    def unsynced(self) -> AbstractContextManager[Any]:
        """Run a block as a transaction whose commit does not wait for the disk; the next durable one saves it too."""

    def placeholders(self, statement: str) -> str:
        """Return a statement, in which `?` stands for each value, with the placeholders of the driver."""

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows; return the count of rows that it changed."""

    def sentence(self, error: BaseException) -> str:
        """Say what happened and what to do, without any secret."""

    def reset_broken(self) -> None:
        """Close this thread's connection if it is broken, so that the next use opens a new one."""

    def lock(self, name: str) -> None:
        """Hold a named lock until the transaction ends."""

    def lease(self, name: str) -> AbstractContextManager[Lease]:
        """Try to take a lease for a block; `holds` tells whether that worked."""

    def bucket(self, panel: str) -> Bucket:
        """Return the token bucket of an account, which all processes on this database share."""

    def sidecar(self, suffix: str) -> Path | None:
        """Return the path of a file beside the database; None where the database is not a file."""

    def last_id(self, table: str) -> int:
        """Return the highest id that a table ever used."""

    def set_last_id(self, table: str, last: int) -> None:
        """Let new rows of a table have ids above this one."""

    def backup(self, file: Path) -> bool:
        """Write a consistent copy to a file; False where the rows must be copied one by one instead."""
