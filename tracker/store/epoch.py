"""Detects a database that is not the newest one that was used here: a restored backup, or another one put in its place.

The epoch is a number that grows while a daemon runs, and with each intent to send. Each run of a daemon also gives the
database a random name, because the number of another database may be the larger one, and a new file can get the inode
of one that was deleted. Both are kept in the database and, where that is a file, in a second file beside it. That file
is written after the database, so it is never ahead of its own database.
"""

from __future__ import annotations

import secrets
from enum import Enum
from typing import NamedTuple

from tracker.store import epoch_file
from tracker.store.database import Database, StorageFault
from tracker.store.engines.wal_owner import in_file
from tracker.store.epoch_file import Epoch
from tracker.store.seen import LARGEST, Reached, Seen, inode, runs_text

COPIED = -1
"""The epoch of a copy that `backup` wrote: lower than every other."""

AHEAD = 1_000_000
"""How far ahead a mark is put beside a file that was written over: no intent that is on its way comes up to it."""

GONE_BACK = (
    "the database is older than this daemon has left it, or another one: it was put back while the daemon ran"
)

_RAISE_WITH_INTENT = """
    UPDATE epoch SET number = number + 1 WHERE number >= ? AND (run = ? OR ? IS NULL) RETURNING number, run
"""

RUN_BYTES = 8
"""Random bytes of the name of a run: no two runs have the same."""


class Age(Enum):
    """How old a database is, compared with what the last daemon left beside it."""

    NEWEST = "nothing was sent since it was written"
    MOVED = "it was moved or put back"
    ALONE = "what the last daemon left beside it is gone"
    FOREIGN = "it is not the database that ran here last"
    BEHIND = "orders may have been sent since it was written"

    @property
    def doubt(self) -> str | None:
        """What shows that it may be another database; None where its place alone has changed, and when it is not."""
        return self.value if self in (Age.ALONE, Age.FOREIGN) else None


UNPROVEN = frozenset({Age.MOVED, Age.ALONE, Age.FOREIGN})
"""Ages of a database that is compared with the panel before anything is sent from it."""


class Known(NamedTuple):
    """What a database says of itself."""

    number: int = 0
    run: str | None = None
    #: The run that the file beside it told of when this one began: it still does if this one ended at once.
    run_before: str | None = None


def age(db: Database) -> Age:
    """Compare a database with what lies beside it."""
    known, beside = _known(db), epoch_file.read(db.sidecar(".epoch"))
    if not db.sql("SELECT id FROM orders LIMIT 1"):
        return Age.NEWEST
    file = db.sidecar("")
    if file is None or db.last_seen is None:
        return Age.BEHIND if known.number == COPIED else Age.NEWEST
    return age_of_file(known, beside, db.last_seen.read(), inode(file))


def is_emptied(db: Database) -> bool:
    """Tell whether a database without orders lies where another one ran: that was deleted, or emptied."""
    beside = epoch_file.read(db.sidecar(".epoch"))
    is_behind = beside is not None and _known(db).number < beside.number
    return is_behind and not db.sql("SELECT id FROM orders LIMIT 1")


def age_of_file(known: Known, beside: Epoch | None, seen: Seen | None, inode: int) -> Age:
    """Tell how old a file is by what it says and by what a daemon left beside it. Pure."""
    if known.number == COPIED or (beside is not None and known.number < beside.number):
        return Age.BEHIND
    if beside is None:
        return Age.ALONE if known.number or seen is not None else Age.NEWEST
    if beside.run not in (known.run, known.run_before):
        return Age.FOREIGN
    return Age.MOVED if seen is not None and seen.file != inode else Age.NEWEST


def begin(db: Database) -> int:
    """Begin the run of a daemon: name it, note what it sees of its file, raise the epoch; return that."""
    file = db.sidecar("")
    if file is None or db.last_seen is None:
        return advance(db)
    run, found = secrets.token_hex(RUN_BYTES), in_file(file)
    floor = COPIED if found is None else found.number
    db.last_seen.begin(floor, runs_text(found.run if found is not None else None, run))
    return _raise(db, run)


def advance(db: Database) -> int:
    """Raise the epoch in the database, then in the file; return it. Only an older copy of the database lowers it."""
    return _raise(db)


def has_gone_back(db: Database, number: int = 0) -> bool:
    """Tell whether a database says less than this process has left in it; `number` is the epoch that it knew last."""
    known, reached = _known(db), _reached(db)
    return known.number < max(number, reached.number) or (
        reached.run is not None and known.run != reached.run
    )


def raise_with_intent(db: Database) -> Epoch | None:
    """Raise the epoch in the transaction that records an intent to send, and return it; None on a server.

    So a file that lacks the intent, because it is older or because its `-wal` was lost, is behind. StorageFault when
    the database was put back under this daemon: what it calls queued may have been sent since.
    """
    if db.last_seen is None:
        return None
    number, run = db.last_seen.reached
    found = db.sql(_RAISE_WITH_INTENT, (number, run, run))
    if not found and run is not None:
        raise StorageFault(GONE_BACK)
    return Epoch(*found[0]) if found else None


def note_intent(db: Database, epoch: Epoch | None) -> None:
    """Write the epoch of an intent into the file, after its transaction and before anything is sent."""
    file = db.sidecar(".epoch")
    if file is not None and db.last_seen is not None and epoch is not None:
        reached = db.last_seen.reached
        db.last_seen.reached = reached._replace(number=max(reached.number, epoch.number))
        epoch_file.write_in_place(file, epoch)


def mark_overwritten(db: Database) -> None:
    """Let the next start find the database behind, whatever SQLite makes of the two that are mixed in its file."""
    file = db.sidecar(".epoch")
    if file is not None:
        number, run = _reached(db)
        epoch_file.write(file, Epoch(number + AHEAD, run))


def mark_copy(db: Database) -> None:
    """Mark a database as a copy: it lacks what is done with the original later."""
    with db.transaction():
        _set(db, _known(db)._replace(number=COPIED))


def _raise(db: Database, run: str | None = None) -> int:
    """Raise the epoch; with the name of a new run, that begins. What was put back becomes this run's again."""
    file, run = db.sidecar(".epoch"), run or _reached(db).run
    begins = run != _reached(db).run
    with db.transaction():
        db.lock("epoch")
        known, beside = _known(db), epoch_file.read(file)
        number = max(known.number, beside.number if beside is not None else 0) + 1
        known = known._replace(number=number)
        if run is not None and run != known.run:
            known = Known(number, run, beside.run if beside is not None else None)
        _set(db, known)
    if file is not None:
        write = epoch_file.write_begun if begins else epoch_file.write
        write(file, Epoch(number, known.run))
    if db.last_seen is not None:
        db.last_seen.reached = Reached(number, run)
        db.last_seen.note_epoch(number)
    return number


def _reached(db: Database) -> Reached:
    return Reached() if db.last_seen is None else db.last_seen.reached


def _set(db: Database, known: Known) -> None:
    db.many("DELETE FROM epoch", [()])
    db.many("INSERT INTO epoch (number, run, run_before) VALUES (?, ?, ?)", [known])


def _known(db: Database) -> Known:
    found = db.sql("SELECT number, run, run_before FROM epoch")
    known = Known(*found[0]) if found else Known()
    return known if known.number < LARGEST else known._replace(number=0)
