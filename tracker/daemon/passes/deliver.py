"""The pass that delivers alerts to one target, from the outbox, so that a target that hangs delays only itself."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping

import structlog

from tracker.alerts.channels.sender import Delivered, Sender, Undelivered
from tracker.alerts.delivery import GIVEN_UP_AFTER, next_try
from tracker.alerts.digests import digest
from tracker.alerts.messages import Message, message
from tracker.config.settings import Target
from tracker.events import Event, Notice
from tracker.lib.times import SECOND
from tracker.store import deliveries, outbox
from tracker.store.database import Database, StorageFault
from tracker.store.deliveries import Outgoing
from tracker.store.engines.engine import Lease

log = structlog.get_logger(__name__)

CHECK_EVERY = 5 * SECOND
"""How often the outbox is looked at, at the latest: other processes write alerts too."""


class Deliver:
    """Delivers what waits for one target: sent first, remembered after, so that nothing is lost."""

    def __init__(
        self,
        target: Target,
        db: Database,
        clock: Callable[[], int],
        stopping: threading.Event,
        texts: Mapping[str, str] = {},
    ) -> None:
        self.target = target
        self.name = target.name
        self.db = db
        self.now = clock
        self.stopping = stopping
        self._texts = texts
        self._sender = Sender(target.url.reveal())

    def run(self) -> int:
        """Send every message that is due, unless another daemon does; return how long to rest, in microseconds."""
        with self.db.lease(f"tell:{self.name}") as lease:
            return self._tell(lease)

    def _tell(self, lease: Lease) -> int:
        while lease.holds() and not self.stopping.is_set():
            parcel = deliveries.next_outgoing(self.db, self.name, self.now())
            if parcel is None:
                return self._rest()
            self.send(parcel)
        return CHECK_EVERY

    def drain(self) -> None:
        """Send what is due after the stop: the word that the daemon stopped would be stale at its next start."""
        try:
            with self.db.lease(f"tell:{self.name}") as lease:
                sent = lease.holds()
                while (
                    sent and (parcel := deliveries.next_outgoing(self.db, self.name, self.now())) is not None
                ):
                    sent = self.send(parcel)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
        self.db.close()

    def _rest(self) -> int:
        due = deliveries.next_due(self.db, self.name)
        return CHECK_EVERY if due is None else min(CHECK_EVERY, max(0, due - self.now()))

    def send(self, parcel: Outgoing) -> bool:
        """Send one message and remember what became of it; True when the target took it."""
        result = self._sender.send(self._message(parcel))
        if isinstance(result, Delivered):
            notices = deliveries.mark_sent(self.db, parcel, self.now())
            log.info("alert.sent", target=self.name, notices=notices)
            return True
        self._failed(parcel, result)
        return False

    def _message(self, parcel: Outgoing) -> Message:
        if parcel.single is not None:
            return message(parcel.single.notice, parcel.single.at, self._texts)
        return digest(deliveries.contents(self.db, parcel), self.name, self._texts)

    def _failed(self, parcel: Outgoing, result: Undelivered) -> None:
        now = self.now()
        failures = deliveries.breaker(self.db, self.name).failures + 1
        due = next_try(max(failures, parcel.attempts + 1), now, random.random())
        if result.retry_after is not None:
            due = max(due, now + result.retry_after)
        deliveries.mark_failed(self.db, parcel, due, result.why, now)
        log.warning("alert.failed", target=self.name, why=result.why, failures=failures)
        dead, is_news = deliveries.mark_dead(self.db, self.name, now - GIVEN_UP_AFTER, result.why)
        if dead:
            log.error("alert.dead", target=self.name, why=result.why, count=dead)
        if is_news:
            self._tell_others(dead, result.why, now)

    def _tell_others(self, count: int, why: str, now: int) -> None:
        """Tell every other target that this one lost alerts: once, until it takes one again."""
        others = [s.target for s in self.db.subscriptions if s.target != self.name]
        facts = {"target": self.name, "error": why, "count": count}
        with self.db.transaction():
            outbox.post(self.db, [Notice(Event.ALERT_DEAD, facts=facts)], now, only=others)
