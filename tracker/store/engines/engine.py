"""What `Database` needs of each kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tracker.lib.rate_limit import Bucket


class StorageFault(Exception):
    """The database cannot do what was asked; the text says what happened and what to do."""


class ReplacedFault(StorageFault):
    """The database's file was replaced, deleted or moved while a daemon works on it."""


class Lease(Protocol):
    """The sole right to do something, over all daemons on one database."""

    def holds(self) -> bool:
        """Tell whether it is still held; a transaction that commits afterwards was made while it was held."""

    def is_confirmed(self) -> bool:
        """Ask whoever grants it whether it is held at this moment; False when there is no quick answer."""


class Sole:
    """The lease of the only one who could do something."""

    def holds(self) -> bool:
        """Tell that it is held."""
        return True

    def is_confirmed(self) -> bool:
        """Tell that it is held."""
        return True


class File(Lease, Protocol):
    """The file that a database is. As a lease, it is held while its path still leads to what is open."""

    path: Path

    def beside(self, suffix: str) -> Path:
        """Return the path of a file beside the database."""

    def beside_link(self, suffix: str) -> Path | None:
        """Return where an older tracker kept such a file, beside the symbolic link; None when that is the same."""

    def watch(self, advice: str = ...) -> None:
        """Remember which file is open, and which are beside it; there must be an open connection that has read.

        `advice` is how the sentence of `refuse_change` goes on.
        """

    def names(self) -> str:
        """Return the identities of what is open, as the lock file keeps them."""

    def change(self) -> str | None:
        """Say what has become of the file since `watch`; None when its path still leads to it, or it is not watched."""

    def refuse_change(self) -> None:
        """Raise ReplacedFault when the path no longer leads to the watched file: what is written there may be lost."""

    def is_overwritten(self) -> bool:
        """Tell whether another program wrote over the watched file in place."""

    def is_wal_foreign(self) -> bool:
        """Tell whether another file has taken the place of the open `-wal`."""


class Engine(Protocol):
    """One kind of database. Its methods raise what is in `errors`; `sentence` turns that into text."""

    #: peewee's database of this kind.
    peewee: Any
    #: How the database is called in messages; without the password.
    name: str
    #: The file that it is; None for a server.
    file: File | None
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

    def prepare_to_read(self) -> bool:
        """Do what must be done before a connection that changes nothing; False when there is no database yet."""

    def migrating(self) -> AbstractContextManager[Any]:
        """Let no other process migrate during a block."""

    def snapshot(self) -> AbstractContextManager[Any]:
        """Let all reads of a block see the database at one moment."""

    def unsynced(self) -> AbstractContextManager[Any]:
        """Run a block as a transaction whose commit does not wait for the disk; the next durable one saves it too."""

    def rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement, in which `?` stands for each value, and return its rows; none where it yields none."""

    def undo_in_memory(self) -> AbstractContextManager[Any]:
        """Keep in memory, during a block, what undoes a single statement or a savepoint; not inside a transaction."""

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for many rows; return the count of rows that it changed."""

    def change(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Set these columns of many rows of a table; each of `rows` has their values, and the id of its row last."""

    def among(self, ids: Sequence[int]) -> tuple[str, Sequence[Any]]:
        """Return a condition that a whole number is one of these, behind its name, and the values of its `?`."""

    def sentence(self, error: BaseException) -> str:
        """Say what happened and what to do, without any secret."""

    def reset_broken(self) -> None:
        """Close this thread's connection if it is broken, so that the next use opens a new one."""

    def lock(self, name: str) -> None:
        """Hold a named lock until the transaction ends."""

    def lease(self, name: str) -> AbstractContextManager[Lease]:
        """Try to take a lease for a block; `holds` tells whether that worked."""

    def checkpoint(self) -> None:
        """Move what is in a log of the database into its file, where it has one."""

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
