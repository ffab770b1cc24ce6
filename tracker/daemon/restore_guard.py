"""Notices a database that is older than the one that ran here, and sends nothing from it.

What an older copy calls queued may have been sent since: a restored backup, a copy put back by hand, or a standby
that had not received everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import structlog

from tracker.accounts.account import after_move, after_restore
from tracker.lib.times import HOUR
from tracker.store import attempts, changes, counters, epoch
from tracker.store.database import Database
from tracker.store.epoch import UNPROVEN, Age

log = structlog.get_logger(__name__)

RESTORED = (
    "The database is older than the one that ran here: orders that it calls queued may have been sent since. Nothing "
    "is sent until you have compared it with the panel's own page and said `tracker resume`."
)

COMPARED = "before anything is sent, the wallet and the panel are asked for orders that it does not know"

EMPTIED = (
    "The database knows no order, and another one ran here before, which was deleted or emptied. Its orders are not "
    "followed any more, and what is imported again is sent again. If that was not meant, stop the daemon and put the "
    "right file in place: `tracker restore FILE`."
)

REMEMBERED = HOUR
"""How long it is checked whether the newest intent is still there."""


class RestoreGuard:
    """Watches the epoch of a database, and holds the accounts of its panels when it goes back."""

    def __init__(self, db: Database, panels: Iterable[str]) -> None:
        self._db = db
        self.panels = tuple(panels)
        self._epoch = 0

    def check_at_start(self, now: int) -> bool:
        """Hold every account if the database is an older copy; tell whether it is."""
        age = epoch.age(self._db)
        if epoch.is_emptied(self._db):
            log.warning("database.moved", what=EMPTIED)
        if age is Age.BEHIND:
            self._hold(now)
        elif age in UNPROVEN:
            self._compare_first(age, now)
        self._epoch = epoch.begin(self._db)
        return age is Age.BEHIND

    def check(self, now: int) -> None:
        """Hold every account if the database went back in time while the daemon was running."""
        if epoch.has_gone_back(self._db, self._epoch):
            self._hold(now)
        self._epoch = epoch.advance(self._db)

    def _compare_first(self, age: Age, now: int) -> None:
        log.warning("database.moved", what=f"{age.value}: {COMPARED}")
        for panel in self._watched():
            changes.update_account(self._db, panel, partial(after_move, now=now, why=age.doubt), now)

    def _hold(self, now: int) -> None:
        log.error("database.stale_copy", what=RESTORED)
        for panel in self._watched():
            changes.update_account(self._db, panel, partial(after_restore, now=now), now)

    def _watched(self) -> list[str]:
        """Return the configured panels, and those that have orders to send: they may be configured again later."""
        return sorted({*self.panels, *counters.panels_to_send(self._db)})


@dataclass(frozen=True, slots=True)
class NewestIntent:
    """The newest intent that this process has recorded for an account; no attempt when it has recorded none."""

    attempt_id: int | None = None
    #: When it was recorded, by a clock that nobody can set: a step must not make it forgotten.
    at: int = 0

    def is_gone(self, db: Database, elapsed: int) -> bool:
        """Tell whether the database has lost it: a standby took over that had not received it."""
        is_recent = self.attempt_id is not None and elapsed - self.at < REMEMBERED
        return is_recent and not attempts.has_attempt(db, self.attempt_id or 0)
