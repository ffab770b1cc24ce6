"""Keeps what status calls said of orders, and writes it in few transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tracker.accounts.ids import account_after_poll
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.fallen_counts import FallenCounts
from tracker.lib.times import HOUR
from tracker.orders.answers import Report, Said
from tracker.orders.batches import Batch
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.polling import DurationModel, Limits, ages
from tracker.orders.status import ServiceModel, StallLimit, Unchanged, after_poll, news_delay, stall_limit
from tracker.store import changes, orders
from tracker.store.parts import Part

FLUSH_SIZE = 1000
"""Orders whose answers are written in one transaction, when they come fast enough."""


STALL_LIFETIME = HOUR
"""How long it is remembered how long an order of a service may stand still."""


class ServiceModels:
    """What the orders of each service teach: their ends as they come, and once the ends that the database knows."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._durations: dict[str, DurationModel] = {}
        self._fitted: dict[str, int] = {}
        self._stalls: dict[str, tuple[int, StallLimit]] = {}
        self._fallen = FallenCounts(context)
        self._rechecks: dict[str, Sequence[int]] = {}

    def of(self, service: str) -> ServiceModel:
        """Return what is known of a service."""
        return ServiceModel(self._model(service), self._stall(service), self._rechecks[service])

    def learn(self, order: Order, outcome: OrderChange | Unchanged, clock_set_at: int, now: int) -> None:
        """Take in what the panel reported of an order."""
        span = ages(order, clock_set_at, now) if order.state is State.ACTIVE else None
        if span is None:
            return
        if isinstance(outcome, OrderChange) and outcome.after.state is State.COMPLETED:
            self._model(order.service).ended(*span)
        else:
            self._model(order.service).survived(*span)

    def _model(self, service: str) -> DurationModel:
        """Return how long the orders of a service take, by what was learnt until a moment ago."""
        if service not in self._durations:
            self._read(service)
        model, now = self._durations[service], self._context.elapsed()
        if model.is_outdated or now - self._fitted[service] > self._context.schedule.poll:
            model.fit()
            self._fitted[service] = now
        return model

    def _stall(self, service: str) -> StallLimit:
        if service not in self._stalls or self._stalls[service][0] < self._context.elapsed():
            self._read(service)
        return self._stalls[service][1]

    def _read(self, service: str) -> None:
        """Read what the database knows of the newest completed orders of a service."""
        now, took = self._context.elapsed(), orders.durations(self._context.db, self._context.name, service)
        self._stalls[service] = now + STALL_LIFETIME, stall_limit(took, self._context.schedule.stuck)
        self._rechecks[service] = self._fallen.rechecks(service)
        if service not in self._durations:
            self._durations[service] = DurationModel(took)
            self._fitted[service] = now


class Collector:
    """Collects answers until `flush` writes them; not for several threads at once.

    `limits` says how soon, and how late, an order is asked about again.
    """

    def __init__(self, context: PanelContext, models: ServiceModels, limits: Callable[[], Limits]) -> None:
        self._context = context
        self._models = models
        self._limits = limits
        self._fallen = FallenCounts(context)
        self._answers: list[tuple[Order, Said | None]] = []

    def add(self, batch: Batch, answers: Mapping[str, Said]) -> None:
        """Keep what a call said of each of its orders; None of one that it left out."""
        self._answers += [(order, answers.get(order.panel_order_id or "")) for order in batch]

    def is_full(self) -> bool:
        """Tell whether there is enough for a transaction."""
        return len(self._answers) >= FLUSH_SIZE

    def flush(self) -> None:
        """Decide on each order and write it all in one transaction."""
        if not self._answers:
            return
        context, now, limits = self._context, self._context.now(), self._limits()
        changed: list[OrderChange] = []
        unchanged: list[Unchanged] = []
        for order, answer in self._answers:
            outcome = after_poll(order, answer, self._models.of(order.service), limits, now)
            if isinstance(answer, Report):
                self._models.learn(order, outcome, limits.clock_set_at, now)
            if isinstance(outcome, Unchanged):
                unchanged.append(outcome)
            else:
                changed.append(outcome)
        confirmed = [one.after.panel_order_id for one in changed if _is_first_report(one)]
        decide = partial(account_after_poll, panel_order_ids=confirmed)
        parts = [part for order, answer in self._answers for part in _parts(order, answer)]
        fallen = self._fallen.among(self._answers)
        with context.db.transaction():
            written = changes.apply(
                context.db, changed, now, unchanged=unchanged, parts=parts, panel=context.name, decide=decide
            )
            for order in fallen:
                self._fallen.ask(order, now)
        self._answers.clear()
        for change in written:
            late = news_delay(change, limits.clock_set_at, now)
            if late is not None:
                context.note_news(late)


def _parts(order: Order, answer: Said | None) -> list[Part]:
    listed = answer.parts if isinstance(answer, Report) else None
    return [(order.panel, one, order.id) for one in listed or ()]


def _is_first_report(change: OrderChange) -> bool:
    """Tell whether the panel now confirms for the first time that the order's id is ours."""
    return change.before.panel_status is None and change.after.panel_status is not None
