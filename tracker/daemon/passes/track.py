"""The pass that looks at the active orders of one panel: full calls, several at once, each item judged alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import structlog

from tracker.accounts.account import calling_hold
from tracker.accounts.breaker import after_failure, after_success
from tracker.config.settings import PanelConfig, Schedule
from tracker.daemon.context import delay_until
from tracker.daemon.passes.bisect import bisect
from tracker.lib.concurrency import bounded_map
from tracker.lib.times import HOUR, SECOND
from tracker.orders.answers import Failure, Missing, Reason, Report
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.polling import DurationModel, PollThreshold, after_failed_call, cut_short
from tracker.orders.status import ServiceModel, Unchanged, after_poll, after_status, stall_limit
from tracker.panel.dialects.read_status import Items
from tracker.panel.exchange import Exchange, Request
from tracker.store import accounts, changes, orders
from tracker.store.database import Database
from tracker.store.orders import START, Cursor, cursor_of

log = structlog.get_logger(__name__)

LEARNT_FOR = HOUR
"""How long it is remembered what the orders of a service usually take."""

ROUNDS = 10
"""Calls of each connection that are picked at a time: the fewer picks, the less they cost."""

PICKS = 25
"""How often a sweep picks before it begins anew."""

TOGETHER = 1000
"""Orders whose news are written in one transaction, when they come fast enough."""

FLUSH_AFTER = 0.2
"""Seconds after which the news that came are written, however few."""

CLAIMED_DELAY = SECOND
"""How long to rest while other daemons ask about all that is due."""

Batch = Sequence[Order]
News = list[tuple[Order, Report | Missing | None]]
Failed = tuple[Batch, Failure, Exchange]


class Track:
    """Looks at the active orders of one panel. `track` runs in one thread at a time; `look_at` in any."""

    def __init__(
        self,
        panel: PanelConfig,
        schedule: Schedule,
        call: Callable[[Request], Exchange],
        db: Database,
        clock: Callable[[], int],
        stopping: threading.Event,
    ) -> None:
        self.name = panel.name
        self.dialect = panel.dialect
        self.schedule = schedule
        self.call = call
        self.db = db
        self.now = clock
        self.stopping = stopping
        self.connections = panel.connections
        self.ids_per_call = min(panel.ids_per_call, panel.dialect.ids_per_call)
        # What other daemons must leave alone is picked in small parts.
        self._calls_at_once = self.connections * (1 if db.shared else ROUNDS)
        self.rhythm = PollThreshold()
        self._lessons: dict[str, tuple[int, ServiceModel]] = {}
        #: Ids that make a whole call fail; each is asked about in a call of its own.
        self._poison: set[str] = set()
        self._cut: int | None = None
        self._failed = False

    def track(self) -> int:
        """Look at what is due; return how long to rest, in microseconds."""
        while not self.stopping.is_set():
            rest = self._held_for()
            if rest is not None:
                return rest
            due_at = orders.next_poll_at(self.db, self.name)
            if due_at is None or due_at > self.now():
                return delay_until(due_at, self.now(), self.schedule.submit)
            if not self.db.shared:
                self._sweep()
            elif not self._share():
                return min(self.schedule.submit, CLAIMED_DELAY)
        return self.schedule.submit

    def _held_for(self) -> int | None:
        """Return how long nothing may be asked; None when something may."""
        account = accounts.read(self.db, self.name)
        hold = calling_hold(account, self.now())
        if hold is None and account.down_at is None:
            return None
        return delay_until(hold.until if hold else None, self.now(), self.schedule.submit)

    def _sweep(self) -> None:
        """Ask about all that is due."""
        self._see_to(self._ask_all(self._calls_to_come(), TOGETHER))

    def _share(self) -> bool:
        """Ask about a part of what is due, which no other daemon asks about meanwhile; False when they have all.

        All is written at the end: what is written stays locked until then, and other writers would wait.
        """
        with self.db.transaction():
            calls = self._due_calls()
            failed = self._ask_all(iter(calls))
        self._see_to(failed)
        return bool(calls)

    # -- which calls ----------------------------------------------------------------------------------

    def _calls_to_come(self) -> Iterator[Batch]:
        """Yield call after call until nothing is due, without waiting for the news of the last ones to be written.

        A long sweep stops for what other passes have heard (a refusal for the rate, say), and after many picks: what
        was queued meanwhile with an older time stands before the last place.
        """
        last = START
        for _ in range(PICKS):
            calls = self._due_calls(last) if self._held_for() is None else []
            for batch in calls:
                if self._is_over():
                    return
                yield batch
            if not calls:
                return
            last = max(cursor_of(order) for batch in calls for order in batch if order.state is State.ACTIVE)

    def _due_calls(self, behind: Cursor = START) -> list[Batch]:
        """Pick what is due, as full calls: filled up with what is due next, then with orders that are over."""
        now, places = self.now(), self.ids_per_call
        most = places * self._calls_at_once
        picked = orders.due_polls(self.db, self.name, most, now, self.schedule.poll, behind)
        alone = [one for one in picked if one.panel_order_id in self._poison and (one.due_at or 0) <= now]
        rows = [order for order in picked if order.panel_order_id not in self._poison]
        count = -(-sum(1 for order in rows if (order.due_at or 0) <= now) // places)
        rows = rows[: count * places]
        if (spare := count * places - len(rows)) > 0:
            rows += orders.rechecks(self.db, self.name, spare, now)
        calls = [rows[start : start + places] for start in range(0, len(rows), places)]
        for batch in calls:
            self.rhythm = self.rhythm.after_call(batch, places, now)
        return [*calls, *([order] for order in alone)]

    # -- asking ---------------------------------------------------------------------------------------

    def _ask_all(self, calls: Iterator[Batch], together: int | None = None) -> list[Failed]:
        """Ask until a call fails, and write the news: of so many orders together, or all at the end.

        Returns the calls that failed: several may be on their way.
        """
        self._failed = False
        news: News = []
        failed: list[Failed] = []
        for told in bounded_map(self._ask_unless_over, calls, self.connections, FLUSH_AFTER):
            if told is not None:
                failed += self._hear(*told, news)
                self._failed = bool(failed)
            if together is not None and (told is None or len(news) >= together):
                self._write(news)
        self._write(news)
        return failed

    def _is_over(self) -> bool:
        return self._failed or self.stopping.is_set()

    def _ask_unless_over(self, batch: Batch) -> Exchange | None:
        return None if self._is_over() else self._ask(batch)

    def _ask(self, batch: Batch) -> Exchange:
        return self.call(self.dialect.status([order.panel_order_id or "" for order in batch]))

    def look_at(self, batch: Batch) -> None:
        """Ask about a batch in one call, and write what is said of it."""
        news: News = []
        failed = self._hear(batch, self._ask(batch), news)
        self._write(news)
        self._see_to(failed)

    # -- taking in ------------------------------------------------------------------------------------

    def _hear(self, batch: Batch, exchange: Exchange | None, news: News) -> list[Failed]:
        """Add what a call says of each of its orders to the news; return the call if it failed."""
        if exchange is None:
            return []
        answers = self._read(batch, exchange)
        if isinstance(answers, Failure):
            return [(batch, answers, exchange)]
        self._watch_length(batch, answers)
        news += [(order, answers.get(order.panel_order_id or "")) for order in batch]
        return []

    def _read(self, batch: Batch, exchange: Exchange) -> Items | Failure:
        return self.dialect.read_status(exchange, [order.panel_order_id or "" for order in batch])

    def _write(self, news: News) -> None:
        """Write what was told of orders, in one transaction, and begin the list anew."""
        if not news:
            return
        now = self.now()
        limits = self.rhythm.limits(self.schedule.poll, self.schedule.poll_max)
        moved: list[OrderChange] = []
        looks: list[Unchanged] = []
        for order, answer in news:
            found = after_poll(order, answer, self._lesson(order.service, now), limits, now)
            if isinstance(found, Unchanged):
                looks.append(found)
            else:
                moved.append(found)
        judge = partial(after_success, now=now)
        changes.apply(self.db, moved, now, looks=looks, panel=self.name, judge=judge)
        news.clear()

    def _lesson(self, service: str, now: int) -> ServiceModel:
        """Return what the orders of a service have taught, learnt anew each hour."""
        until, lesson = self._lessons.get(service, (0, None))
        if lesson is None or until < now:
            took = orders.durations(self.db, self.name, service)
            lesson = ServiceModel(DurationModel(took), stall_limit(took, self.schedule.stuck))
            self._lessons[service] = now + LEARNT_FOR, lesson
        return lesson

    def _watch_length(self, batch: Batch, answers: Items) -> None:
        """Notice a panel that answers for the first few ids of each call only."""
        count = cut_short([order.panel_order_id or "" for order in batch], answers)
        if count is not None and count == self._cut:
            log.warning("panel.batch_truncated", panel=self.name, asked=len(batch), answered=count)
            self.ids_per_call = min(self.ids_per_call, count)
        self._cut = count

    # -- calls that fail whole ------------------------------------------------------------------------

    def _see_to(self, failed: Sequence[Failed]) -> None:
        """Find out why calls failed; once the panel answers nothing, or refuses, it is asked no more."""
        silent = False
        for batch, failure, exchange in failed:
            log.warning("panel.call_failed", panel=self.name, action="status", why=failure.why)
            silent = silent or not self._is_explained(batch, failure, exchange)
            if silent:
                self._give_up(batch, failure)

    def _is_explained(self, batch: Batch, failure: Failure, exchange: Exchange) -> bool:
        """Ask about ever smaller parts of a batch; tell whether the cause was found, and seen to."""
        answered = exchange.status is not None and exchange.whole
        passing = failure.reason in (Reason.RATE, Reason.ACCOUNT)
        if not answered or passing or len(batch) == 1 or self.stopping.is_set():
            return False
        found = bisect(batch, failure, self._retake)
        for order, why in found.poison:
            self._set_aside(order, why)
        if found.singly:
            log.warning("panel.batch_unsupported", panel=self.name, why=failure.why)
            self.ids_per_call = 1
        return not found.silent

    def _retake(self, part: Batch) -> Failure | None:
        """Ask about a part, and write what is said; the failure when nothing is."""
        answers = self._read(part, self._ask(part))
        if isinstance(answers, Failure):
            return answers
        self._write([(order, answers.get(order.panel_order_id or "")) for order in part])
        return None

    def _give_up(self, batch: Batch, failure: Failure) -> None:
        """Leave a batch for later, and count the failure against the panel."""
        now = self.now()
        with self.db.transaction():
            later = after_failed_call(now, self.schedule.poll)
            active = [order.id for order in batch if order.state is State.ACTIVE]
            orders.postpone_polls(self.db, active, later)
            judge = partial(after_failure, failure=failure, now=now)
            changes.apply(self.db, [], now, panel=self.name, judge=judge)

    def _set_aside(self, order: Order, failure: Failure) -> None:
        """Ask about an order by itself from now on, and seldom: the panel fails whenever it is asked about it."""
        log.warning("order.isolated", panel=self.name, order=order.id, why=failure.why)
        self._poison.add(order.panel_order_id or "")
        now = self.now()
        if order.state is not State.ACTIVE:
            self._write([(order, None)])  # or it would fill up, and spoil, the next call with room again
            return
        words = f"the panel fails whenever it is asked about this order ({failure.why})"
        change = after_status(order, Missing(words), now, now + self.schedule.poll_max)
        if change is not None:
            changes.apply(self.db, [replace(change, why=words)], now)
