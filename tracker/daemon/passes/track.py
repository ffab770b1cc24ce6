"""The pass that polls the active orders of one panel: full calls, several at once, each answer read alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from operator import attrgetter

import structlog

from tracker.accounts.account import calling_hold
from tracker.accounts.breaker import after_failure
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.isolate import Diagnosis, FailedCall, diagnose
from tracker.daemon.passes.poll_answer import News, PollAnswer, read
from tracker.daemon.passes.status_collector import Collector, ServiceModels
from tracker.daemon.passes.suspects import Suspects
from tracker.lib.concurrency import TICK, bounded_map
from tracker.lib.times import SECOND, seconds
from tracker.orders.answers import Failure, Missing, Unlisted
from tracker.orders.batches import Batch, fill, pick
from tracker.orders.followed import Followed, followed
from tracker.orders.order import Order, State
from tracker.orders.polling import Limits, PollThreshold, after_failed_call, cut_short
from tracker.orders.status import after_status
from tracker.panel.exchange import Exchange
from tracker.store import changes, cohorts, orders, polls, uptime
from tracker.store.polls import START, Cursor, cursor_of

log = structlog.get_logger(__name__)

ROUNDS = 10
"""Calls of each connection that are picked at a time: the fewer picks, the less they cost."""

SHARE = 3
"""Calls that are picked at a time where other daemons must leave alone what is picked, until it is written."""

PICKS = 25
"""How often a sweep picks before it starts again from the beginning."""

FLUSH_AFTER = SECOND // 5
"""How long answers wait to be written, however few they are."""

CLAIMED_DELAY = SECOND
"""How long to wait while other daemons poll all that is due."""


class Track:
    """Polls the active orders of one panel. `run` runs in one thread at a time; `poll` in any."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        self.ids_per_call = context.ids_per_call
        connections = context.panel.connections
        self._calls_at_once = max(connections, SHARE) if context.db.shared else connections * ROUNDS
        self._threshold = PollThreshold(context.schedule.poll)
        self._models = ServiceModels(context)
        #: Ids that make a whole call fail; each is asked about in a call of its own.
        self._isolated: set[str] = set()
        self._suspects = Suspects[Followed](attrgetter("panel_order_id"))
        #: For how many ids the last call was answered, where the panel left out those behind them.
        self._answered: int | None = None

    def run(self) -> int:
        """Poll what is due; return how long to wait, in microseconds."""
        context = self.context
        while not context.stopping.is_set():
            delay = self._held_for()
            if delay is not None:
                return delay
            due_at = polls.next_at(context.db, context.name)
            if due_at is None or due_at > context.now():
                return context.delay_until(due_at, context.schedule.submit)
            if not context.db.shared:
                self._sweep()
            elif not self._poll_share():
                return min(context.schedule.submit, CLAIMED_DELAY)
        return context.schedule.submit

    def poll(self, orders: Sequence[Order]) -> None:
        """Poll orders, whatever they are due for, and write what is said of them."""
        self.poll_batch([followed(order) for order in orders])

    def poll_batch(self, batch: Batch) -> None:
        """Poll a batch in one call, or in several where one of its orders may spoil it; write what is said of it."""
        self._resolve(self._poll_until_failure(self._suspects.apart([batch])))

    def _poll_until_failure(self, batches: Sequence[Batch]) -> list[FailedCall]:
        """Poll one batch after the other, and write what is said; return the call that failed, if any."""
        collector = self._collector()
        failed = None
        for batch in batches:
            failed = self._take(batch, self._call(batch), collector)
            if failed is not None:
                break
        collector.flush()
        return [failed] if failed else []

    def _held_for(self) -> int | None:
        """Return how long nothing may be asked; None when something may."""
        context = self.context
        account = context.account()
        hold = calling_hold(account, context.now())
        if hold is None and account.down_at is None:
            return None
        return context.delay_until(hold.until if hold else None, context.schedule.submit)

    def _sweep(self) -> None:
        """Poll all that is due."""
        stop = threading.Event()
        self._resolve(self._poll_all(self._batches_until(stop), stop, flush_early=True))

    def _poll_share(self) -> bool:
        """Poll a part of what is due, which no other daemon polls meanwhile; False when they have all of it.

        All is written at the end: what is written stays locked until then, and other writers would wait.
        """
        with self.context.db.transaction():
            batches = self._due_batches()
            failed = self._poll_all(iter(batches), threading.Event(), flush_early=False)
        self._resolve(failed)
        return bool(batches)

    # -- which orders -------------------------------------------------------------------------------------

    def _batches_until(self, stop: threading.Event) -> Iterator[Batch]:
        """Yield batch after batch until nothing is due, without waiting for the answers of the last to be written.

        A long sweep ends when another pass learns that the panel is to be left alone (a refusal for the rate, say),
        and after many picks: what was queued meanwhile with an older time is before the cursor.
        """
        cursor = START
        for _ in range(PICKS):
            batches = self._due_batches(cursor) if self._held_for() is None else []
            for batch in batches:
                if self._is_over(stop):
                    return
                yield batch
            if not batches:
                return
            polled = (order for batch in batches for order in batch if order.is_active)
            cursor = max(map(cursor_of, polled))

    def _due_batches(self, after: Cursor = START) -> list[Batch]:
        """Pick what is due, as full calls: filled up with what is due next, then with orders that are over."""
        context, now, size = self.context, self.context.now(), self.ids_per_call
        most = size * self._calls_at_once
        candidates = polls.due(context.db, context.name, most, now, context.schedule.poll, after)
        picked = pick(candidates, self._isolated, size, now)
        rechecks = polls.rechecks(context.db, context.name, picked.spare, now) if picked.spare else []
        batches = fill(picked, rechecks, size)
        for batch in batches[: len(batches) - len(picked.alone)]:
            active = [order for order in batch if order.is_active]
            self._threshold = self._threshold.after_call(active, size, now)
        return self._suspects.apart(batches)

    # -- calling ------------------------------------------------------------------------------------------

    def _poll_all(
        self, batches: Iterator[Batch], stop: threading.Event, *, flush_early: bool
    ) -> list[FailedCall]:
        """Poll until a call fails, and write the answers: as they come, or all at the end.

        Sets `stop` at the first failure, and returns every call that failed: several may be on their way.
        """
        collector = self._collector()
        failed: list[FailedCall] = []
        connections, tick = self.context.panel.connections, seconds(FLUSH_AFTER)
        for polled in bounded_map(partial(self._call_unless, stop), batches, connections, tick):
            if polled is not TICK and (failure := self._take(*polled, collector)) is not None:
                failed.append(failure)
                stop.set()
            if flush_early and (polled is TICK or collector.is_full()):
                collector.flush()
        collector.flush()
        return failed

    def _is_over(self, stop: threading.Event) -> bool:
        return stop.is_set() or self.context.stopping.is_set()

    def _call_unless(self, stop: threading.Event, batch: Batch) -> Exchange | None:
        return None if self._is_over(stop) else self._call(batch)

    def _call(self, batch: Batch) -> Exchange:
        return self.context.client.call(self.context.dialect.status(_ids(batch)))

    def _collector(self) -> Collector:
        return Collector(self.context, self._models, self._limits)

    def _limits(self) -> Limits:
        schedule, clock = self.context.schedule, uptime.read(self.context.db)
        limits = self._threshold.limits(schedule.poll_max, clock.set_at(self.context.now()))
        return limits._replace(silence=schedule.stuck)

    def _take(self, batch: Batch, exchange: Exchange | None, collector: Collector) -> FailedCall | None:
        """Collect what a call says of each of its orders; return the call if it failed."""
        if exchange is None:
            return None
        answer = read(self.context.dialect, exchange, batch)
        if isinstance(answer, Failure):
            return FailedCall(batch, answer, exchange)
        self._watch_length(batch, answer)
        self._suspects.note_answer(batch)
        collector.add(answer)
        return None

    def _watch_length(self, batch: Batch, answer: PollAnswer) -> None:
        """Notice a panel that answers for the first few ids of each call only."""
        answered = {news.order.panel_order_id for news in answer.news if news.said is not None}
        answered.update(order.panel_order_id for order in answer.repeated)
        count = cut_short(_ids(batch), answered)
        if count is not None and count == self._answered:
            log.warning("panel.batch_truncated", panel=self.context.name, asked=len(batch), answered=count)
            self.ids_per_call = min(self.ids_per_call, count)
        self._answered = count

    # -- calls that fail whole ----------------------------------------------------------------------------

    def _resolve(self, failed: Sequence[FailedCall]) -> None:
        """Find out why calls failed; once the panel answers nothing, or refuses, it is asked no more."""
        no_answer = False
        for call in failed:
            why = call.failure.why
            log.warning("panel.call_failed", panel=self.context.name, action="status", why=why)
            no_answer = no_answer or self.context.stopping.is_set() or not self._is_explained(call)
            if no_answer:
                self._postpone(call)

    def _is_explained(self, call: FailedCall) -> bool:
        """Tell whether the cause of a failure was found, and handled."""
        if self._is_about_one(call):
            self._isolate(call.batch[0], call.failure)
            return True
        diagnosis: Diagnosis = diagnose(call, self._retry_part)
        for order, failure in diagnosis.poison:
            self._isolate(order, failure)
        if diagnosis.one_per_call:
            log.warning("panel.batch_unsupported", panel=self.context.name, why=call.failure.why)
            self.ids_per_call = 1
        return not diagnosis.no_answer

    def _is_about_one(self, call: FailedCall) -> bool:
        """Tell whether the one order that a call was about is why it failed."""
        if call.is_refusal or self.context.stopping.is_set():
            return False
        is_known = call.batch[0].panel_order_id in self._isolated and call.was_answered
        return len(call.batch) == 1 and (is_known or self._suspects.is_found(call.batch))

    def _retry_part(self, part: Batch) -> Failure | None:
        """Poll a part of a batch, and write what is said; return the failure when nothing is."""
        answer = read(self.context.dialect, self._call(part), part)
        if isinstance(answer, Failure):
            return answer
        said = [news.said for news in answer.news if news.said is not None]
        errors = [one.words for one in said if isinstance(one, Unlisted)]
        if errors and len(errors) == len(said) + len(answer.repeated):
            # About one order alone an error may be that order's; here it shows that a smaller call fails, too.
            return Failure(f'the panel answered with the error "{errors[0]}"')
        self._suspects.note_answer(part)
        collector = self._collector()
        collector.add(answer)
        collector.flush()
        return None

    def _postpone(self, call: FailedCall) -> None:
        """Leave a batch for later, and count the failure against the panel."""
        context, now = self.context, self.context.now()
        active = [order.id for order in call.batch if order.is_active]
        is_isolated = call.batch[0].panel_order_id in self._isolated
        rest = context.schedule.poll_max if is_isolated else context.schedule.poll
        if not call.is_refusal:
            self._suspects.note_failure(call.batch)
        with context.db.transaction():
            cohorts.postpone(context.db, active, after_failed_call(now, rest))
            context.update_account(partial(after_failure, failure=call.failure, now=now))

    def _isolate(self, order: Followed, failure: Failure) -> None:
        """Ask about an order in a call of its own from now on, and seldom: the panel fails whenever it is named."""
        context, now = self.context, self.context.now()
        log.warning("order.isolated", panel=context.name, order=order.id, why=failure.why)
        self._isolated.add(order.panel_order_id)
        self._suspects.note_failure([order])
        whole = orders.by_id(context.db, order.id)
        if whole is None or whole.state is not State.ACTIVE:
            # Or it would fill up, and spoil, the next call with room again.
            collector = self._collector()
            collector.add(PollAnswer((), [News(order, None)]))
            collector.flush()
            return
        why = f"the panel fails whenever it is asked about this order ({failure.why})"
        change = after_status(whole, Missing(why), now, now + context.schedule.poll_max)
        if change is not None:
            changes.apply(context.db, [change], now)


def _ids(batch: Batch) -> list[str]:
    return [order.panel_order_id for order in batch]
