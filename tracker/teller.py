"""The pass that delivers alerts to one target, from the outbox, so that a target that hangs delays only itself."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import structlog

from tracker.alerts import Message, digest, message, next_try
from tracker.config import Target
from tracker.events import Event, Notice
from tracker.notify import Delivered, deliver
from tracker.store import outbox
from tracker.store.database import Database
from tracker.store.outbox import Delivery
from tracker.times import SECOND

log = structlog.get_logger(__name__)

LOOK_EVERY = 5 * SECOND
"""How often the outbox is looked at, at the latest: other processes write alerts too."""


class Teller:
    """Delivers what waits for one target: sent first, remembered after, so that nothing is lost."""

    def __init__(
        self, target: Target, db: Database, clock: Callable[[], int], stopping: threading.Event
    ) -> None:
        self.target = target
        self.db = db
        self.now = clock
        self.stopping = stopping

    def tell(self) -> int:
        """Send every message that is due; return how long to rest, in microseconds."""
        while not self.stopping.is_set():
            batch = outbox.due(self.db, self.target.name, self.now())
            if not batch:
                return self._rest()
            self.send(batch)
        return LOOK_EVERY

    def say_goodbye(self) -> None:
        """Send what is due after the stop: the word that the daemon stopped would be stale at its next start."""
        batch = outbox.due(self.db, self.target.name, self.now())
        while batch and all(delivery.attempts == 0 for delivery in batch):
            self.send(batch)
            batch = outbox.due(self.db, self.target.name, self.now())
        self.db.close()

    def _rest(self) -> int:
        due = outbox.next_due(self.db, self.target.name)
        return LOOK_EVERY if due is None else min(LOOK_EVERY, max(0, due - self.now()))

    def send(self, batch: list[Delivery]) -> None:
        """Send one message and remember what became of it."""
        result = deliver(self.target.url.reveal(), _message(batch))
        now = self.now()
        if isinstance(result, Delivered):
            outbox.mark_sent(self.db, batch, now)
            log.info("alert.sent", target=self.target.name, notices=len(batch))
            return
        first = min(delivery.first_at or now for delivery in batch)
        attempts = 1 + max(delivery.attempts for delivery in batch)
        due = next_try(attempts, first, now, random.random())
        if due is not None and result.retry_after is not None:
            due = max(due, now + result.retry_after)
        outbox.mark_failed(self.db, batch, due, result.why, now)
        log.warning(
            "alert.failed", target=self.target.name, why=result.why, attempts=attempts, dead=due is None
        )
        if due is None:
            self._tell_others(batch, result.why, now)

    def _tell_others(self, batch: list[Delivery], why: str, now: int) -> None:
        """Tell every other target that this one lost alerts; a dead word about dead alerts would go round for ever."""
        if all(delivery.notice.event is Event.ALERT_DEAD for delivery in batch):
            return
        others = [s.target for s in self.db.subscriptions if s.target != self.target.name]
        facts = {
            "target": self.target.name,
            "error": why,
            "title": _message(batch).title,
            "count": len(batch),
        }
        with self.db.transaction():
            outbox.post(self.db, [Notice(Event.ALERT_DEAD, facts=facts)], now, only=others)


def _message(batch: list[Delivery]) -> Message:
    if len(batch) == 1:
        return message(batch[0].notice, batch[0].at)
    return digest([(delivery.notice, delivery.at) for delivery in batch])
