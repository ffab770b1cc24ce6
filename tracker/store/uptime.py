"""How long daemons have run on this database, by a clock that nobody can set, and what is old enough to be pruned.

A wall clock that is two years ahead makes everything look old. So what is pruned must be old by the wall clock, and
daemons must have run that many days since it ended: each day of running is noted with the wall time and the newest
row of the history by then, and what ended earlier has seen all days since.
"""

from __future__ import annotations

from typing import NamedTuple

from tracker.lib.times import DAY, MINUTE
from tracker.store.database import Database

STEP_SHOWN = DAY
"""For how long of running a step of the clock matters: nothing is pruned, and `status` shows it."""


class Uptime(NamedTuple):
    """For how long daemons have run, in microseconds, and the newest step of the clock."""

    ran: int = 0
    #: The wall time when `ran` was written last.
    beat_at: int = 0
    #: The wall time right after the newest step, by how much the clock was set, and what `ran` was then.
    stepped_at: int | None = None
    #: 0 when it is not known: only times that it had written were found.
    step: int | None = None
    stepped_ran: int | None = None

    def set_at(self, now: int) -> int:
        """Return when the clock was last set, at the latest now; 0 when it never was."""
        return min(self.stepped_at or 0, now)

    def since_step(self) -> int | None:
        """Return how long daemons have run since the newest step; None when there was none."""
        return None if self.stepped_ran is None else self.ran - self.stepped_ran


class Horizon(NamedTuple):
    """What is old enough to be pruned: what ended before a time, and has no newer row in the history."""

    before: int
    history_id: int
    #: The day of running on which it is pruned.
    day: int


WRITTEN_AFTER = MINUTE
"""For how long after a step times may still be written that were decided on before it."""

_READ = f"SELECT {', '.join(Uptime._fields)} FROM uptime ORDER BY ran DESC LIMIT 1"
_INSERT = "INSERT INTO uptime (ran, beat_at, stepped_at, step, stepped_ran) VALUES (?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM uptime"
_ADD_DAY = """
    INSERT INTO days (number, at, history_id) SELECT ?, ?, COALESCE(MAX(id), 0) FROM history WHERE TRUE
    ON CONFLICT (number) DO NOTHING
"""
_HAS_DAY = "SELECT 1 FROM days WHERE number = ?"
_DAY = "SELECT at, history_id FROM days WHERE number = ?"


def read(db: Database) -> Uptime:
    """Return how long daemons have run, and the newest step of the clock."""
    found = db.sql(_READ)
    return Uptime(*found[0]) if found else Uptime()


def count(db: Database, ran: int, now: int) -> Uptime:
    """Record that daemons have run for at least so long; return what stands then."""
    with db.transaction():
        db.lock("uptime")
        known = read(db)
        counted = known._replace(ran=max(known.ran, ran), beat_at=now)
        _write(db, counted)
        number = counted.ran // DAY
        if not db.sql(_HAS_DAY, (number,)):
            db.many(_ADD_DAY, [(number, now)])
    return counted


def note_step(db: Database, step: int, now: int) -> None:
    """Record that the clock was set by so much, to `now`; 0 when it is not known by how much.

    What was decided before a step is written just after it now and then: that is no other step of unknown length.
    """
    with db.transaction():
        db.lock("uptime")
        known = read(db)
        since = known.since_step()
        if not step and since is not None and since < WRITTEN_AFTER:
            step = known.step or 0
        _write(db, known._replace(beat_at=now, stepped_at=now, step=step, stepped_ran=known.ran))


def horizon(db: Database, uptime: Uptime, keep: int, now: int) -> Horizon | None:
    """Return what may be pruned that is kept for `keep` after its end; None while daemons have not run for so long."""
    day = uptime.ran // DAY
    found = db.sql(_DAY, (day - -(-keep // DAY),))
    return Horizon(min(now - keep, found[0][0]), found[0][1], day) if found else None


def _write(db: Database, uptime: Uptime) -> None:
    db.many(_DELETE, [()])
    db.many(_INSERT, [uptime])
