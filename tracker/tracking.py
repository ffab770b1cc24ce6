"""The pass that looks at the active orders of one panel: full calls, several at once, each item judged alone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

import structlog

from tracker import accounts as judging
from tracker.config import Panel as PanelConfig
from tracker.config import Schedule
from tracker.decisions import Change, after_status
from tracker.dialects.status import Items
from tracker.exchange import Exchange, Question
from tracker.orders import Failure, Missing, Order, Reason, Report, State
from tracker.polling import Habit, Rhythm, after_failed_call, cut_short, next_look, next_recheck
from tracker.stillness import SHORTEST, Patience, after_stillness, patience, still_for
from tracker.store import accounts, changes, orders
from tracker.store.changes import Look
from tracker.store.database import Database
from tracker.times import HOUR, SECOND
from tracker.upkeep import rest_until

log = structlog.get_logger(__name__)

LEARNT_FOR = HOUR
"""How long it is remembered what the orders of a service usually take."""

ROUNDS = 10
"""Calls of each connection that are picked at a time: the fewer picks, the less they cost."""

CLAIMED_REST = SECOND
"""How long to rest while other daemons ask about all that is due."""

Batch = list[Order]
Answered = tuple[Batch, Exchange]


class Tracking:
    """Looks at the active orders of one panel. `track` runs in one thread at a time; `look_at` in any."""

    def __init__(
        self,
        panel: PanelConfig,
        schedule: Schedule,
        ask: Callable[[Question], Exchange],
        db: Database,
        clock: Callable[[], int],
        stopping: threading.Event,
    ) -> None:
        self.name = panel.name
        self.dialect = panel.dialect
        self.schedule = schedule
        self.ask = ask
        self.db = db
        self.now = clock
        self.stopping = stopping
        self.connections = panel.connections
        self.ids_per_call = min(panel.ids_per_call, panel.dialect.ids_per_call)
        # What other daemons must leave alone is picked in small parts.
        self._calls_at_once = self.connections * (1 if db.shared else ROUNDS)
        self.rhythm = Rhythm()
        self._learnt: dict[str, tuple[int, Habit, Patience]] = {}
        #: Ids that make a whole call fail; each is asked about in a call of its own.
        self._poison: set[str] = set()
        self._cut: int | None = None
        self._failed = False

    def track(self) -> int:
        """Look at what is due; return how long to rest, in microseconds."""
        while not self.stopping.is_set():
            account = accounts.read(self.db, self.name)
            hold = judging.calling_hold(account, self.now())
            if hold is not None or account.down_at is not None:
                return rest_until(hold.until if hold else None, self.now(), self.schedule.submit)
            now = self.now()
            due_at = orders.next_look_at(self.db, self.name)
            if due_at is None or due_at > now:
                return rest_until(due_at, now, self.schedule.submit)
            with self.db.claiming():
                calls = self._due_calls(now)
                self._make_calls(calls)
            if not calls:
                return min(self.schedule.submit, CLAIMED_REST)
        return self.schedule.submit

    # -- which calls ----------------------------------------------------------------------------------

    def _due_calls(self, now: int) -> list[Batch]:
        """Pick what is due, as full calls: filled up with what is due next, then with orders that are over."""
        places = self.ids_per_call
        rows = orders.next_looks(self.db, self.name, places * self._calls_at_once, now, self.schedule.poll)
        alone = [
            order for order in rows if order.panel_order_id in self._poison and (order.due_at or 0) <= now
        ]
        rows = [order for order in rows if order.panel_order_id not in self._poison]
        due = sum(1 for order in rows if (order.due_at or 0) <= now)
        count = -(-due // places)
        rows = rows[: count * places]
        if (spare := count * places - len(rows)) > 0:
            rows += orders.rechecks(self.db, self.name, spare, now)
        calls = [rows[start : start + places] for start in range(0, len(rows), places)]
        for batch in calls:
            self.rhythm = self.rhythm.after_call(batch, places, now)
        return [*calls, *([order] for order in alone)]

    # -- asking ---------------------------------------------------------------------------------------

    def _make_calls(self, calls: Sequence[Batch]) -> None:
        """Ask, several at once, and take in the answers; a failure leaves the rest for later.

        Each is taken in when it comes. Where other daemons write too, all are taken in together at the end: what is
        written stays locked until then, and they would wait.
        """
        self._failed = False
        kept: list[Answered] = []
        for answered in self._answers(calls):
            if self.db.shared:
                kept += answered
            else:
                self._take(answered)
        self._take(kept)

    def _answers(self, calls: Sequence[Batch]) -> Iterator[list[Answered]]:
        """Ask, as long as nothing fails, and yield the answers as they come."""
        if len(calls) <= 1 or self.connections == 1:
            for batch in calls:
                if not self._is_over():
                    yield [(batch, self._ask(batch))]
            return
        waiting, running = deque(calls), dict[Future[Exchange], Batch]()
        with ThreadPoolExecutor(self.connections, thread_name_prefix=f"status:{self.name}") as pool:
            while waiting or running:
                while waiting and len(running) < self.connections:
                    batch = waiting.popleft()
                    running[pool.submit(self._ask, batch)] = batch
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                yield [(running.pop(one), one.result()) for one in done]
                if self._is_over():
                    waiting.clear()

    def _is_over(self) -> bool:
        return self._failed or self.stopping.is_set()

    def _ask(self, batch: Sequence[Order]) -> Exchange:
        return self.ask(self.dialect.status([order.panel_order_id or "" for order in batch]))

    def look_at(self, batch: Batch) -> None:
        """Ask about a batch in one call, and write what is said of it."""
        self._take([(batch, self._ask(batch))])

    # -- taking in ------------------------------------------------------------------------------------

    def _take(self, answered: Sequence[Answered]) -> None:
        """Write what several calls told, in one transaction."""
        told: list[tuple[Order, Report | Missing | None]] = []
        for batch, exchange in answered:
            answers = self._read(batch, exchange)
            if isinstance(answers, Failure):
                self._fail(batch, answers, exchange)
            else:
                self._watch_length(batch, answers)
                told += [(order, answers.get(order.panel_order_id or "")) for order in batch]
        if told:
            self._write(told)

    def _read(self, batch: Batch, exchange: Exchange) -> Items | Failure:
        return self.dialect.read_status(exchange, [order.panel_order_id or "" for order in batch])

    def _write(self, told: Sequence[tuple[Order, Report | Missing | None]]) -> None:
        now = self.now()
        moved: list[Change] = []
        looks: list[Look] = []
        for order, answer in told:
            found = self._decide(order, answer, now)
            (moved if isinstance(found, Change) else looks).append(found)  # type: ignore[arg-type]
        judge = partial(judging.after_success, now=now)
        changes.apply(self.db, moved, now, looks=looks, panel=self.name, judge=judge)

    def _decide(self, order: Order, answer: Report | Missing | None, now: int) -> Change | Look:
        """Say what becomes of an order; silence leaves all but the time of the next look."""
        if order.state is not State.ACTIVE:
            return self._decide_again(order, answer, now)
        shortest = self.schedule.poll
        if answer is None:
            return Look(order.id, order.checked_at, after_failed_call(now, shortest))
        _, habit, known = self._learn(order.service)
        again_at = next_look(order, habit, self.rhythm, now, shortest, self.schedule.poll_max)
        if isinstance(answer, Missing):
            again_at = now + shortest
        change = after_status(order, answer, now, again_at)
        if change is None and still_for(order, now) > SHORTEST:
            change = after_stillness(order, known, now, again_at)
        return change or Look(order.id, now, again_at)

    def _decide_again(self, order: Order, answer: Report | Missing | None, now: int) -> Change | Look:
        """Look again at an order that is over: only another state is news."""
        if isinstance(answer, Report) and answer.state is not None and answer.state is not order.state:
            change = after_status(order, answer, now, now + self.schedule.poll)
            if change is not None:
                return change
        return Look(order.id, now, next_recheck(order.finished_at or now, now), order.state)

    def _learn(self, service: str) -> tuple[int, Habit, Patience]:
        """Return what the orders of a service usually take, learnt anew each hour."""
        known = self._learnt.get(service)
        if known is None or known[0] < self.now():
            took = orders.durations(self.db, self.name, service)
            known = self.now() + LEARNT_FOR, Habit(took), patience(took, self.schedule.stuck)
            self._learnt[service] = known
        return known

    def _watch_length(self, batch: Batch, answers: Items) -> None:
        """Notice a panel that answers for the first few ids of each call only."""
        count = cut_short([order.panel_order_id or "" for order in batch], answers)
        if count is not None and count == self._cut:
            log.warning("panel.cuts_short", panel=self.name, asked=len(batch), answered=count)
            self.ids_per_call = min(self.ids_per_call, count)
        self._cut = count

    # -- calls that fail whole ------------------------------------------------------------------------

    def _fail(self, batch: Batch, failure: Failure, exchange: Exchange) -> None:
        log.warning("panel.silent", panel=self.name, action="status", why=failure.why)
        answered = exchange.status is not None and exchange.whole
        passing = failure.reason in (Reason.RATE, Reason.ACCOUNT)
        if answered and not passing and len(batch) > 1 and not self.stopping.is_set():
            self._narrow(batch, failure)
        else:
            self._give_up(batch, failure)

    def _give_up(self, batch: Batch, failure: Failure) -> None:
        """Leave a batch for later, and count the failure against the panel."""
        self._failed = True
        now = self.now()
        with self.db.transaction():
            later = after_failed_call(now, self.schedule.poll)
            active = [order.id for order in batch if order.state is State.ACTIVE]
            orders.postpone_looks(self.db, active, later)
            judge = partial(judging.after_failure, failure=failure, now=now)
            changes.apply(self.db, [], now, panel=self.name, judge=judge)

    def _narrow(self, batch: Batch, failure: Failure) -> None:
        """Find out whether one id makes the call fail, the panel answers for one order a call only, or not at all."""
        middle = len(batch) // 2
        parts = [batch[:middle], batch[middle:]]
        bad = [part for part in parts if self._retake(part) is not None]
        if len(bad) < len(parts):
            for part in bad:
                self._isolate(part, failure)
        elif middle > 1 and self._retake(batch[:1]) is None:
            log.warning("panel.answers_singly", panel=self.name, why=failure.why)
            self.ids_per_call = 1
        else:
            self._give_up(batch, failure)

    def _isolate(self, batch: Batch, failure: Failure) -> None:
        """Halve a batch that fails, at a panel that answers for others, until each bad id is alone."""
        if len(batch) == 1:
            self._set_aside(batch[0], failure)
            return
        middle = len(batch) // 2
        for part in (batch[:middle], batch[middle:]):
            again = self._retake(part)
            if again is not None:
                self._isolate(part, again)

    def _retake(self, part: Batch) -> Failure | None:
        """Ask about a part, and write what is said; the failure when nothing is."""
        exchange = self._ask(part)
        answers = self._read(part, exchange)
        if isinstance(answers, Failure):
            return answers
        self._write([(order, answers.get(order.panel_order_id or "")) for order in part])
        return None

    def _set_aside(self, order: Order, failure: Failure) -> None:
        """Ask about an order by itself from now on, and seldom: the panel fails whenever it is asked about it."""
        log.warning("order.set_aside", panel=self.name, order=order.id, why=failure.why)
        self._poison.add(order.panel_order_id or "")
        now = self.now()
        if order.state is not State.ACTIVE:
            return
        words = f"the panel fails whenever it is asked about this order ({failure.why})"
        change = after_status(order, Missing(words), now, now + self.schedule.poll_max)
        if change is not None:
            changes.apply(self.db, [replace(change, why=words)], now)
