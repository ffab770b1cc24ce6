"""The pass that delivers alerts to one target, from the outbox; a target that hangs delays only itself."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import structlog

from tracker.alerts.channels.tries import Delivered, Undelivered
from tracker.alerts.delivery import CALM, Pace, after_failure, dead_if_failing_since
from tracker.alerts.wording import ENGLISH, Wording
from tracker.config.target_settings import Target
from tracker.daemon.routes import route_to
from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.store import deliveries, outbox
from tracker.store.database import Database, StorageFault
from tracker.store.deliveries import Outgoing
from tracker.store.engines.engine import Lease, Sole

log = structlog.get_logger(__name__)

CHECK_EVERY = 5 * SECOND
"""The outbox is looked at at least this often (microseconds): other processes write alerts too."""

TEST_EXPIRES = 10 * MINUTE
"""After this long nobody waits for a test message any more; it would arrive in the middle of the night."""


class Deliver:
    """Delivers what waits for one target: sent first, marked after, so that nothing is lost."""

    def __init__(
        self,
        target: Target,
        db: Database,
        now: Callable[[], int],
        stopping: threading.Event,
        wording: Wording = ENGLISH,
    ) -> None:
        self.target = target
        self.name = target.name
        self.db = db
        self.now = now
        self.stopping = stopping
        self._route = route_to(target, db, wording)
        self._pace = CALM

    def run(self) -> int:
        """Send every message that is due, unless another daemon does.

        Return the delay until the next run, in microseconds.
        """
        with self._lease() as lease:
            if lease.holds():
                deliveries.drop_old_tests(self.db, self.name, self.now() - TEST_EXPIRES)
            while lease.holds() and not self.stopping.is_set():
                outgoing = self._next(self.now(), self._pace)
                if outgoing is None:
                    return self._delay()
                self.send(outgoing)
        return CHECK_EVERY

    def drain(self) -> None:
        """Send what is due after the stop, until a send fails: at the next start, that news would be stale."""
        try:
            with self._lease() as lease:
                sent = lease.holds()
                while sent and (outgoing := self._next_at_stop()) is not None:
                    sent = self.send(outgoing)
        except StorageFault as fault:
            log.error("database.unavailable", why=str(fault))
        self.db.close()

    def _lease(self) -> AbstractContextManager[Lease]:
        # Daemons of an older version on the same database know the lease by this name. A file has one daemon, which
        # must be able to say that the file is gone.
        return self.db.lease(f"tell:{self.name}") if self.db.shared else nullcontext(Sole())

    def _next_at_stop(self) -> Outgoing | None:
        """Return what goes out next when there is no time to gather more."""
        now = self.now()
        return self._next(now, self._pace) or self._next(now, CALM)

    def _next(self, now: int, pace: Pace) -> Outgoing | None:
        return deliveries.next_outgoing(self.db, self.name, now, pace, self._route.most)

    def _delay(self) -> int:
        due, now = deliveries.next_due(self.db, self.name), self.now()
        if due is None:
            return CHECK_EVERY
        return min(CHECK_EVERY, max(0, due - now, self._pace.gathers_until(now) - now))

    def send(self, outgoing: Outgoing) -> bool:
        """Send one message and record the outcome; True when the target took it."""
        result = self._route.send(deliveries.contents(self.db, outgoing), self.now())
        if isinstance(result, Delivered):
            now = self.now()
            self._pace = self._pace.after_send(now)
            notices = deliveries.mark_sent(self.db, outgoing, now)
            log.info("alert.sent", target=self.name, notices=notices)
            return True
        self._record_failure(outgoing, result)
        return False

    def _record_failure(self, outgoing: Outgoing, result: Undelivered) -> None:
        now, breaker = self.now(), deliveries.breaker(self.db, self.name)
        retry = after_failure(breaker, outgoing.attempts, result.retry_after, now, random.random())
        deliveries.mark_failed(self.db, outgoing, retry, result.why, now)
        log.warning("alert.failed", target=self.name, why=result.why, failures=retry.breaker.failures)
        dead, is_news = deliveries.mark_dead(self.db, self.name, dead_if_failing_since(now), result.why)
        if dead:
            log.error("alert.dead", target=self.name, why=result.why, count=dead)
        if is_news:
            self._notify_others(dead, result.why, now)

    def _notify_others(self, count: int, why: str, now: int) -> None:
        """Notify every other target that this one lost alerts: once, until it takes one again."""
        others = [one.target for one in self.db.subscriptions if one.target != self.name]
        facts = {"target": self.name, "error": why, "count": count}
        with self.db.transaction():
            outbox.post(self.db, [Notice(Event.ALERT_DEAD, facts=facts)], now, only=others)
