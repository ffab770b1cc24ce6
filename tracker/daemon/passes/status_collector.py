"""Keeps what status calls said of orders, and writes it in few transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tracker.accounts.ids import account_after_poll
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.fallen_counts import FallenCounts
from tracker.daemon.passes.poll_answer import News, PollAnswer
from tracker.lib.times import HOUR
from tracker.orders.answers import Report, Said
from tracker.orders.change import OrderChange
from tracker.orders.followed import Followed
from tracker.orders.order import ENDED, Order, State
from tracker.orders.polling import DurationModel, Limits, ages
from tracker.orders.repeats import after_repeats
from tracker.orders.status import ServiceModel, Unchanged, after_poll, news_delay
from tracker.store import changes, orders
from tracker.store.parts import Part

FLUSH_SIZE = 1000
"""Orders whose answers are written in one transaction, when they come fast enough."""


RECHECKS_LIFETIME = HOUR
"""How long it is remembered when orders of a service are polled again once they are over."""


class ServiceModels:
    """What the orders of each service teach: their ends as they come, and once the ends that the database knows."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._durations: dict[str, DurationModel] = {}
        self._fitted: dict[str, int] = {}
        self._fallen = FallenCounts(context)
        self._rechecks: dict[str, tuple[int, Sequence[int]]] = {}

    def of(self, service: str) -> ServiceModel:
        """Return what is known of a service."""
        return ServiceModel(self.durations(service), self._rechecks_of(service))

    def learn(self, order: Order, outcome: OrderChange | Unchanged, clock_set_at: int, now: int) -> None:
        """Take in what the panel reported of an order."""
        span = ages(order, clock_set_at, now) if order.state is State.ACTIVE else None
        if span is None:
            return
        if isinstance(outcome, OrderChange) and outcome.after.state is State.COMPLETED:
            self.durations(order.service).ended(*span)
        else:
            self.durations(order.service).survived(*span)

    def durations(self, service: str) -> DurationModel:
        """Return how long the orders of a service take, by what was learnt until a moment ago."""
        model, now = self._durations.get(service), self._context.elapsed()
        if model is None:
            took = orders.durations(self._context.db, self._context.name, service)
            model = self._durations[service] = DurationModel(took)
            self._fitted[service] = now
        elif model.is_outdated or now - self._fitted[service] > self._context.schedule.poll:
            model.fit()
            self._fitted[service] = now
        return model

    def _rechecks_of(self, service: str) -> Sequence[int]:
        now = self._context.elapsed()
        until, rechecks = self._rechecks.get(service, (-1, ()))
        if until < now:
            rechecks = self._fallen.rechecks(service)
            self._rechecks[service] = now + RECHECKS_LIFETIME, rechecks
        return rechecks


class Collector:
    """Collects answers until `flush` writes them; not for several threads at once.

    `limits` says how soon, and how late, an order is asked about again.
    """

    def __init__(self, context: PanelContext, models: ServiceModels, limits: Callable[[], Limits]) -> None:
        self._context = context
        self._models = models
        self._limits = limits
        self._fallen = FallenCounts(context)
        self._repeated: list[Followed] = []
        self._news: list[News] = []

    def add(self, answer: PollAnswer) -> None:
        """Keep what a call said of each of its orders."""
        self._repeated += answer.repeated
        self._news += answer.news

    def is_full(self) -> bool:
        """Tell whether there is enough for a transaction."""
        return len(self._repeated) + len(self._news) >= FLUSH_SIZE

    def flush(self) -> None:
        """Decide on each order and write it all in one transaction."""
        if not self._repeated and not self._news:
            return
        context, now, limits = self._context, self._context.now(), self._limits()
        repeated = after_repeats(self._repeated, self._models.durations, limits, now)
        read = list(self._whole_orders())
        outcomes = [self._decided(order, news.said, limits, now) for order, news in read]
        changed = [one for one in outcomes if isinstance(one, OrderChange)]
        fallen = self._fallen.among((order, news.said) for order, news in read)
        with context.db.transaction():
            written = changes.apply(
                context.db,
                changed,
                now,
                unchanged=[one for one in outcomes if isinstance(one, Unchanged)],
                repeated=repeated,
                digests=_digests(read),
                parts=[part for order, news in read for part in _parts(order, news.said)],
                panel=context.name,
                decide=partial(account_after_poll, panel_order_ids=_confirmed(changed)),
            )
            for order in fallen:
                self._fallen.ask(order, now)
        self._repeated.clear()
        self._news.clear()
        for change in written:
            late = news_delay(change, limits.clock_set_at, now)
            if late is not None:
                context.note_news(late)

    def _whole_orders(self) -> Iterator[tuple[Order, News]]:
        """Yield the order of each news; those are left out that were pruned, or are polled no more."""
        found = {one.id: one for one in orders.some(self._context.db, [news.order.id for news in self._news])}
        for news in self._news:
            order = found.get(news.order.id)
            if order is not None and (order.state is State.ACTIVE or order.state in ENDED):
                yield order, news

    def _decided(self, order: Order, said: Said | None, limits: Limits, now: int) -> OrderChange | Unchanged:
        outcome = after_poll(order, said, self._models.of(order.service), limits, now)
        if isinstance(said, Report):
            self._models.learn(order, outcome, limits.clock_set_at, now)
        return outcome


def _digests(read: Sequence[tuple[Order, News]]) -> dict[int, int]:
    """Return the digests of what will be no news when the panel says it again, by the id of the order."""
    return {
        order.id: news.digest
        for order, news in read
        if news.digest is not None and _may_repeat(order, news.said)
    }


def _may_repeat(order: Order, said: Said | None) -> bool:
    is_plain = isinstance(said, Report) and said.state is State.ACTIVE and said.series is None
    return is_plain and order.series is None


def _parts(order: Order, answer: Said | None) -> list[Part]:
    listed = answer.parts if isinstance(answer, Report) else None
    return [(order.panel, one, order.id) for one in listed or ()]


def _confirmed(changed: Sequence[OrderChange]) -> list[str | None]:
    """Return the ids that the panel now confirms as ours for the first time."""
    return [
        change.after.panel_order_id
        for change in changed
        if change.before.panel_status is None and change.after.panel_status is not None
    ]
