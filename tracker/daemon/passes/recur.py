"""The pass that queues recurring orders when their time has come.

Of the times that were missed, the newest counts: a daemon that was off for three days queues one order and not three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from tracker.config.settings import Config
from tracker.lib import recurrence
from tracker.lib.times import SECOND, rfc3339
from tracker.operations.drafts import draft_of
from tracker.operations.recurring import Rule, end_of, next_time, ref_of, rules
from tracker.orders.order import Draft
from tracker.store import accounts, queue, recurring
from tracker.store.database import Database

log = structlog.get_logger(__name__)

CHECK_EVERY = 10 * SECOND
"""How often, at least, it is looked for: commands add rules too."""


class Recur:
    """Queues the recurring orders of one config."""

    def __init__(self, config: Config, db: Database, now: Callable[[], int]) -> None:
        self._config = config
        self._db = db
        self._now = now
        self._is_first = True

    def run(self) -> int:
        """Queue what is due; return how long to wait, in microseconds."""
        found = rules(self._config, self._db)
        if self._is_first:
            recurring.keep_only(self._db, found)
            self._is_first = False
        now = self._now()
        times = [self._make(rule, now) for rule in found.values()]
        return min([CHECK_EVERY, *(max(0, at - now) for at in times if at is not None)])

    def _make(self, rule: Rule, now: int) -> int | None:
        """Queue the order of a rule if its time has come; return when it comes next, None: never more.

        While the database was put back, nothing is queued: the one that was lost may have ordered it.
        """
        db, config = self._db, self._config
        last = recurring.begin(db, rule.name, now)
        if rule.panel in config.panels and accounts.read(db, rule.panel).restored_at is None:
            at = recurrence.newest(rule.every, last.at, now, config.timezone)
            if at is not None and at < end_of(rule, config):
                self._queue(rule, at, now)
        return next_time(rule, last.at, now, config)

    def _queue(self, rule: Rule, at: int, now: int) -> None:
        """Queue the order of a time, unless another daemon did, or the one before it still waits to be sent."""
        db, ref = self._db, ref_of(rule.name, at)
        try:
            draft = self._draft(rule, ref, at)
        except ValueError as wrong:
            with db.transaction():
                recurring.note(db, rule.name, at, None)
            log.error("recurring.refused", name=rule.name, why=str(wrong))
            return
        with db.transaction():
            db.lock("queue")  # before the row of the rule: whoever queues takes this first
            why = self._why_not(rule, draft, now)
            if not recurring.note(db, rule.name, at, None if why else ref):
                return
            is_new = why is None and not queue.enqueue(db, [queue.Entry(draft)], now)
        if is_new:
            log.info("recurring.queued", name=rule.name, ref=ref)
        else:
            log.warning("recurring.skipped", name=rule.name, ref=ref, why=why or "it was queued before")

    def _why_not(self, rule: Rule, draft: Draft, now: int) -> str | None:
        """Say why an order is not queued this time; None when it is."""
        if draft.expires_at is not None and draft.expires_at <= now:
            return f"it expired at {rfc3339(draft.expires_at)}"
        before = recurring.begin(self._db, rule.name, now).ref
        return f"{before} still waits to be sent" if recurring.is_queued(self._db, before) else None

    def _draft(self, rule: Rule, ref: str, at: int) -> Draft:
        reserved = {name: panel.dialect.reserved for name, panel in self._config.panels.items()}
        draft = draft_of({**rule.row, "ref": ref}, None, reserved)
        return draft if rule.expires is None else replace(draft, expires_at=at + rule.expires)
